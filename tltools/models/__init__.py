"""Networks: built, loaded, split at the freeze boundary, counted and timed. TensorFlow
from here on.

`networks` builds and splits, `weights_file` looks at what came from outside (in a child
process, without TensorFlow), `tlnet` is the bundled backbone, `reuse` takes weights out
of finished runs, `timing` measures speed and `count` (a program) counts stages and
parameters. Leaves learning to `training`. Nothing is imported here, so that naming the
room costs nothing.
"""
