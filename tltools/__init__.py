"""Transfer learning for image classification: the library behind the pages and the command line.

Imports go downward only (`tests/test_layers.py` holds it); from the bottom:

0. `errors`, `settings`, `files`, `archives`, `processor`, `usb`
1. `config`, `events`, `images`
2. `datasets`, `runs`, `disk`, `augmentation`, `class_weights`, `schedules`, `line`, `classroom`
3. `backbones`, `weights`, `charts`, `demonstration`, `presets`, `glossary`, `lineage`, `run_table`,
   `settings_file`, `backbone_rows`, `catalogue`, `speeds`, `published`, `downloads`
4. `models`, `features`, `training`, `callbacks`, `steps`, `checkpoints`, `inference`, `bundled_backbone`, `reuse`,
   `optimization`, `lr_finder`, `timing`: the modules that import TensorFlow (with some programs of the next layer)
5. `engine` and the programs (`benchmark`, `pretraining`, `cli`, `__main__`, `backbones_table`)
6. `ui`: the only part that imports Streamlit
7. `app.py` and `pages/`
"""
