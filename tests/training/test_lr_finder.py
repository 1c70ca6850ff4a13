"""The learning-rate finder: a real try whose suggestion learns, which leaves nothing
behind and can be cancelled."""

import itertools
import math

import pytest

from tests.helpers import drawn, queued, train
from tltools import runs
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import Cancelled
from tltools.training import lr_finder

# no luck in a batch
CONFIG = {
    "backbone": "TLNet", "weights": "none", "input_size": 32, "batch_size": 28, "dropout": 0.0
}


@pytest.mark.slow
def test_its_suggestion_learns_and_nothing_is_left_behind(home):
    dataset = drawn(home)
    seen = []
    found = lr_finder.find(home=str(home.path), workspace="local",
                           config=RunConfig(**CONFIG).as_dict(), snapshot=dataset.snapshot(),
                           progress=lambda done, total, what: seen.append((done, total, what)))
    rates = found["rates"]
    assert rates[0] == lr_finder.LOWEST
    assert rates == sorted(rates)
    ratios = [after / before for before, after in itertools.pairwise(rates)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios)), "a constant factor"
    assert len(rates) == len(found["losses"]) == len(found["smoothed"])
    assert all(math.isfinite(loss) for loss in found["losses"])
    assert f"{found['suggestion']:g}" in found["why"]
    assert seen[-1][2] == "Trying growing rates"
    assert runs.list_runs(home.workspace()) == []
    caches = set(home.features.rglob("*.npy"))
    assert len(caches) == 2, "pixels and activations of the training pictures"
    good, tiny = (train(home, queued(home, dataset, **CONFIG, epochs=40, learning_rate=rate))
                  for rate in (found["suggestion"], lr_finder.LOWEST))
    assert min(good.results()["history"]["loss"]) < 0.97 * min(tiny.results()["history"]["loss"])
    after = set(home.features.rglob("*.npy"))
    assert caches < after
    assert len(after) == 6, "the run finds the training pictures' rows and adds the others'"


@pytest.mark.slow
def test_cancelled_in_the_middle(home):
    def progress(done, total, what):
        if what == "Trying growing rates" and done == 5:
            raise Cancelled("It was cancelled.")

    with pytest.raises(Cancelled):
        lr_finder.find(home=str(home.path), workspace="local",
                       config=RunConfig(**CONFIG, unfreeze_stages=ALL_STAGES).as_dict(),
                       snapshot=drawn(home, per_class=8).snapshot(), progress=progress)


def test_a_large_set_gives_an_even_sample_of_its_training_pictures():
    images = [{"split": part, "number": number} for number in range(2500)
              for part in ("train", "test")]
    taken = lr_finder.some(images)
    assert len(taken) <= lr_finder.MOST_PICTURES
    assert {image["split"] for image in taken} == {"train"}
    assert (taken[0]["number"], taken[-1]["number"]) == (0, 2499)
    assert len(lr_finder.some(images[:100])) == 50


def test_no_suggestion_where_nothing_falls():
    assert lr_finder.suggest([], [])[0] is None
    rate, why = lr_finder.suggest([1e-3] * 40, [1.0] * 30 + [1.1, 4.0] * 5)
    assert rate is None
    assert "did not fall" in why


def test_the_smaller_of_halfway_and_a_tenth_of_the_lowest():
    rates = [10 ** (step / 10 - 5) for step in range(50)]
    # and never jumps
    early = [1.0 + step % 2 / 10 for step in range(25)] + [0.5 - step / 1000 for step in range(25)]
    rate, why = lr_finder.suggest(rates, early)
    assert rate == pytest.approx(rates[25], rel=0.05)
    assert why.startswith(f"Suggested: {rate:g}.")
    # jumps right after its lowest
    late = [1.0] * 20 + [1.0 - step / 40 for step in range(20)] + [3.0] * 10
    assert lr_finder.suggest(rates, late)[0] == pytest.approx(rates[39] / 10, rel=0.05)
