"""The loop, without TensorFlow and without a process: what is shown in which order, who
is told of it, and what ends it. What learns is a small logistic regression in NumPy."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tltools.config import RunConfig
from tltools.errors import LossNotFinite
from tltools.recipes.schedules import of_phase
from tltools.runs.events import Phase
from tltools.training.loop import Listener, Loop, Stretch
from tltools.training.material import Material

ROOT = Path(__file__).parents[2]
SOURCE = "head_pooling"


class Softmax:
    """Logistic regression by gradient descent: a learner that needs nothing but NumPy.
    """

    def __init__(self, inputs: int, classes: int) -> None:
        self.rate = 0.0
        self.weights = np.zeros((inputs, classes))
        self.rates: list[float] = []
        self.seen: list[np.ndarray] = []
        self.statistics = 0

    def _forward(self, x):
        scores = x @ self.weights
        odds = np.exp(scores - scores.max(1, keepdims=True))
        return odds / odds.sum(1, keepdims=True)

    def train(self, x, y):
        answer = self._forward(x)
        self.seen.append(y.copy())
        self.rates.append(self.rate)
        result = self._measured(answer, y)
        answer[np.arange(len(y)), y] -= 1
        self.weights -= self.rate * x.T @ answer / len(y)
        return result

    def test(self, x, y):
        return self._measured(self._forward(x), y)

    def recompute_statistics(self, batches):
        self.statistics += len(batches)

    @staticmethod
    def _measured(answer, y):
        loss = -np.log(answer[np.arange(len(y)), y] + 1e-12).mean()
        return float(loss), float((answer.argmax(1) == y).mean())


def material(home, train: int = 20, validation: int = 70, **settings) -> Material:
    """Points of two classes in place of activations; no picture is read."""
    config = RunConfig(**{"batch_size": 8, "seed": 3, **settings})
    rows = [{"file": f"{part}{number}.jpg", "label": number % 2, "split": part}
            for part, count in (("train", train), ("validation", validation))
            for number in range(count)]
    made = Material(home, config, {"images_dir": "", "classes": ["a", "b"], "images": rows})
    generator = np.random.default_rng(0)
    for part in made.parts.values():
        x = generator.normal(0, 1, (len(part.rows), 4)).astype(np.float32)
        x[:, 0] += 3.0 * part.y - 1.5
        part.x[SOURCE] = x
    return made


def stretch(shown: Material, epochs: int = 3, first: int = 0, **more) -> Stretch:
    config = RunConfig(epochs=epochs, learning_rate=0.5, schedule="cosine")
    return Stretch(of_phase(config, Phase.HEAD, shown.num_batches()), SOURCE, first, **more)


class Told(Listener):
    """Everything it was told, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.steps = []
        self.epochs = []

    def on_train_begin(self, loop, stretch, learner, epoch):
        self.calls.append(f"begin {epoch}")

    def on_train_batch_end(self, loop, logs):
        self.calls.append("step")
        self.steps.append(logs)

    def on_test_batch_end(self, loop):
        self.calls.append("measured")

    def on_epoch_end(self, loop, logs):
        self.calls.append(f"epoch {logs.epoch}")
        self.epochs.append(logs)

    def on_train_end(self, loop):
        self.calls.append("end")


def test_each_epoch_shows_each_picture_once_and_then_measures(home):
    shown, told, learner = material(home), Told(), Softmax(4, 2)
    assert Loop(shown, [told]).fit(stretch(shown, 2), learner, 0) == 2
    epoch = ["step"] * 3 + ["measured"] * 2
    assert told.calls == ["begin 0", *epoch, "epoch 0", *epoch, "epoch 1", "end"]
    for seen in (learner.seen[:3], learner.seen[3:]):
        assert sorted(np.concatenate(seen).tolist()) == [0] * 10 + [1] * 10
    assert [len(y) for y in learner.seen[:3]] == [8, 8, 4], "the last batch is smaller"


def test_it_learns_and_says_what_it_measured(home):
    shown, told, learner = material(home), Told(), Softmax(4, 2)
    Loop(shown, [told]).fit(stretch(shown, 10), learner, 0)
    losses = [logs.loss for logs in told.epochs]
    assert losses[-1] < losses[0]
    last = told.epochs[-1]
    part = shown.parts["validation"]
    loss, accuracy = learner.test(part.x[SOURCE], part.y)
    assert (last.val_loss, last.val_accuracy) == pytest.approx((loss, accuracy), rel=1e-5)
    assert accuracy > 0.8
    assert last.seconds > 0


def test_running_means_count_every_picture_alike(home):
    shown, told = material(home), Told()
    Loop(shown, [told]).fit(stretch(shown, 1), Softmax(4, 2), 0)
    sizes = (8, 8, 4)
    mean = sum(step.batch_loss * size for step, size in zip(told.steps, sizes, strict=True)) / 20
    assert told.steps[-1].loss == pytest.approx(mean)
    assert told.epochs[0].loss == told.steps[-1].loss


def test_the_rate_of_every_step_is_the_schedules(home):
    shown, told, learner = material(home), Told(), Softmax(4, 2)
    wanted = stretch(shown, 3)
    Loop(shown, [told]).fit(wanted, learner, 0)
    assert learner.rates == [wanted.plan.schedule.rate(step) for step in range(9)]
    assert [step.rate for step in told.steps] == learner.rates
    assert told.epochs[-1].learning_rate == learner.rates[-1]
    assert [step.done for step in told.steps] == list(range(1, 10))


def test_going_on_gives_what_not_stopping_gives(home):
    shown, whole, parts = material(home), Softmax(4, 2), Softmax(4, 2)
    Loop(shown, []).fit(stretch(shown, 4, first=2), whole, 2)
    first = Loop(shown, [Ending(after=2)])
    epoch = first.fit(stretch(shown, 4, first=2), parts, 2)
    assert epoch == 4
    assert Loop(shown, []).fit(stretch(shown, 4, first=2), parts, epoch) == 6
    np.testing.assert_array_equal(whole.weights, parts.weights)


class Ending(Listener):
    """Wants no more after so many epochs, or in the middle of one."""

    def __init__(self, after: int = 99, steps: int = 99) -> None:
        self.after, self.steps = after, steps

    def on_train_batch_end(self, loop, logs):
        self.steps -= 1
        loop.stop_training = loop.stop_training or self.steps <= 0

    def on_epoch_end(self, loop, logs):
        self.after -= 1
        loop.stop_training = loop.stop_training or self.after <= 0


def test_ended_in_the_middle_an_epoch_is_measured_all_the_same(home):
    shown, told = material(home), Told()
    assert Loop(shown, [told, Ending(steps=2)]).fit(stretch(shown), Softmax(4, 2), 0) == 1
    assert told.calls == ["begin 0", "step", "step", "measured", "measured", "epoch 0", "end"]


def test_a_listener_that_wants_nothing_at_the_beginning_gets_nothing(home):
    class Never(Listener):
        def on_train_begin(self, loop, stretch, learner, epoch):
            loop.stop_training = True

    shown, told = material(home), Told()
    loop = Loop(shown, [Never(), told])
    assert loop.fit(stretch(shown), Softmax(4, 2), 1) == 1
    assert told.calls == ["begin 1", "end"]


def test_a_listener_that_raises_ends_it_at_once(home):
    class Stop(Exception):
        pass

    class Raising(Listener):
        def on_train_batch_end(self, loop, logs):
            raise Stop

    shown, told = material(home), Told()
    with pytest.raises(Stop):
        Loop(shown, [told, Raising()]).fit(stretch(shown), Softmax(4, 2), 0)
    assert told.calls == ["begin 0", "step"]


def test_a_loss_that_is_no_number_ends_it_with_a_remedy(home):
    class Exploding(Softmax):
        def train(self, x, y):
            return math.nan, 0.0

    shown, told = material(home), Told()
    with pytest.raises(LossNotFinite, match="epoch 1 the loss became nan") as raised:
        Loop(shown, [told]).fit(stretch(shown), Exploding(4, 2), 0)
    assert "below 0.5" in raised.value.problem.remedy
    assert told.calls == ["begin 0"]


def test_without_validation_pictures_there_is_no_measure(home):
    shown, told = material(home, validation=0), Told()
    Loop(shown, [told]).fit(stretch(shown, 1), Softmax(4, 2), 0)
    assert (told.epochs[0].val_loss, told.epochs[0].val_accuracy) == (None, None)


def test_statistics_are_recomputed_before_each_measuring_where_asked(home):
    shown, learner = material(home), Softmax(4, 2)
    Loop(shown, []).fit(stretch(shown, 2, statistics=True), learner, 0)
    assert learner.statistics == 2 * 3
    plain = Softmax(4, 2)
    Loop(shown, []).fit(stretch(shown, 2), plain, 0)
    assert plain.statistics == 0


def test_it_needs_no_tensorflow():
    """Loop, material, listeners and the cache: whoever looks at pictures need not wait
    for it."""
    code = ("import sys\nfrom tltools.training import features, listeners, loop, material, spent\n"
            "print(sorted({m.split('.')[0] for m in sys.modules} & {'tensorflow', 'keras'}))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
