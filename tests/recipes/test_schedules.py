"""The rates that are drawn are the rates that are used, and they are Keras's own
curves."""

import pytest

from tltools.config import RunConfig
from tltools.recipes.schedules import Schedule, of_phase, plan
from tltools.runs.events import Phase


def test_the_curves_are_those_of_keras():
    from keras.optimizers.schedules import CosineDecay, ExponentialDecay

    theirs = {
        "cosine": CosineDecay(0.01, 60, alpha=0.05),
        "exponential": ExponentialDecay(0.01, 60, 0.05)
    }
    for kind, curve in theirs.items():
        ours = Schedule(kind, 0.01, 60, final=0.05)
        for step in (0, 1, 17, 30, 59, 60):
            assert ours.rate(step) == pytest.approx(float(curve(step)), rel=1e-5), (kind, step)


def test_step_falls_twice_by_the_same_factor():
    rates = [Schedule("step", 1.0, 9, final=0.01).rate(step) for step in range(10)]
    assert rates == pytest.approx([1.0] * 3 + [0.1] * 3 + [0.01] * 4)


@pytest.mark.parametrize("kind", ["constant", "cosine", "exponential", "step"])
def test_warm_up_grows_to_the_full_rate_and_then_the_curve_begins(kind):
    rates = [Schedule(kind, 0.4, 40, 4, 0.1).rate(step) for step in range(40)]
    assert rates[:4] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert rates[4] == pytest.approx(0.4)
    assert max(rates) == pytest.approx(0.4)
    assert rates[-1] == pytest.approx(0.4 if kind == "constant" else 0.04, rel=0.2)
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_a_warm_up_as_long_as_the_phase_only_grows():
    assert [Schedule("cosine", 1.0, 4, 4, 0.01).rate(step) for step in range(4)] \
        == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_each_phase_has_its_own_rate_and_steps():
    config = RunConfig(epochs=3, fine_tune_epochs=2, unfreeze_stages=1, batch_size=8,
                       learning_rate=1e-2, fine_tune_learning_rate=1e-4, schedule="exponential",
                       warm_up=1, final_rate=0.5)
    head, tuning = plan(config, 20)
    assert (head.phase, head.batches, head.schedule.steps, head.schedule.warm_up) \
        == (Phase.HEAD, 3, 9, 3)
    assert (tuning.phase, tuning.schedule.full, tuning.schedule.steps) == (Phase.FINE_TUNE, 1e-4, 6)
    assert head == of_phase(config, Phase.HEAD, 3)
    assert len(plan(RunConfig(), 20)) == 1
