"""What a run is told to do, before anything is computed: recipes, settings files,
schedules, variations. No TensorFlow.

`presets` are the recipes that set everything at once, `settings_file` saves and loads
settings, `schedules` is the learning rate of every step, `class_weights` what each
class counts, `augmentation` how pictures are varied, `demonstration` the Home page's
two runs. Leaves the fields themselves to `config` and the doing to `training`.
"""
