"""Bars: names are text, the most likely stands first."""

from tltools import charts


def test_names_are_escaped_in_axes():
    figure = charts.counts(["<b>x</b>", "a&b"], [1, 2])
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;x&lt;/b&gt;", "a&amp;b"]


def test_probabilities_are_sorted():
    figure = charts.probabilities(["a", "b", "c"], [0.1, 0.7, 0.2])
    assert list(figure.data[0].x) == [0.7, 0.2, 0.1]
    assert list(figure.layout.yaxis.ticktext) == ["b", "c", "a"]


def test_shares_are_written_as_everywhere():
    figure = charts.probabilities(["a", "b"], [0.956, 0.044])
    assert list(figure.data[0].text) == ["95.6 %", "4.4 %"]
    assert figure.layout.xaxis.ticktext[-1] == "100 %"
