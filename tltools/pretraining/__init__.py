"""How the bundled backbone was trained: `python -m tltools.pretraining train|evaluate`.

`recipe` owns the settings, `data` the images, `teacher` the targets of distillation,
`network` the backbone in PyTorch, `loop` the training and its checkpoints, `probe` the
evaluation on frozen features. The architecture itself is `tltools.models.tlnet`.
"""
