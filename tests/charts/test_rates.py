"""What is drawn before the start is what training will do."""

from tltools.charts import rates
from tltools.config import RunConfig
from tltools.recipes import schedules


def test_the_rate_of_every_step_of_both_phases():
    config = RunConfig(epochs=3, fine_tune_epochs=2, unfreeze_stages=1, batch_size=10,
                       schedule="cosine", warm_up=1)
    plans = schedules.plan(config, 20)
    head, tuning = rates.learning_rates(plans, False).data
    assert list(head.y) == [plans[0].schedule.rate(step) for step in range(6)]
    assert list(head.x) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert list(tuning.x) == [3.5, 4.0, 4.5, 5.0]
    assert (head.name, tuning.name) == ("Training the head", "Fine-tuning")
    assert head.line.dash != tuning.line.dash


def test_long_runs_are_drawn_with_few_points_and_their_last_step():
    config = RunConfig(epochs=1000, batch_size=1, schedule="exponential")
    (line,) = rates.learning_rates(schedules.plan(config, 100), False).data
    assert len(line.x) < 1000
    assert line.x[-1] == 1000


def test_finder_marks_its_suggestion():
    figure = rates.rate_finder([1e-4, 1e-3, 1e-2], [1.0, 0.5, 90.0], [1.0, 0.7, 3.0], 1e-4)
    assert figure.layout.shapes[0].x0 == 1e-4
    assert "suggested" in figure.layout.annotations[0].text
    assert figure.layout.annotations[0].x == -4, "Plotly wants the exponent there"
    assert figure.layout.yaxis.range[1] < 10, "a loss that jumps must not flatten the curve"
    assert not rates.rate_finder([], [], [], None).layout.shapes
