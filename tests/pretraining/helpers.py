"""What tests of pretraining share: a recipe that takes seconds, and what to say where
PyTorch is not installed."""

from tltools.pretraining.recipe import Recipe

NEEDS_TORCH = (
    "training the backbone needs PyTorch and a teacher: "
    "pip install -r tltools/pretraining/requirements.txt")

SMALL = Recipe(epochs=2, batch_size=16, sizes=(32,) * 10, held_out=2, teacher_components=8,
               views=1, mixed_precision=False)
