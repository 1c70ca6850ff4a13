"""One run from its folder and into its folder.

`run` is what a train worker is given; `material` what a run sees, `loop` the phases and
epochs, `listeners` who is told of them. `steps` is one compiled step, `features` the
cache of frozen work, `checkpoints` from where a run goes on, `optimization` optimizer
and loss, `lr_finder` the try of growing rates. Leaves networks to `models`. Nothing is
imported here, so that naming the room costs nothing.
"""
