"""Every case does real work in its short form; its figures are there, whatever they
are."""

import json
from pathlib import Path

import pytest

from tltools.benchmark import __main__ as program

pytestmark = pytest.mark.slow
FIGURES = {
    "demonstration": {"seeds", "mean_points", "least_points"},
    "cache": {"pictures", "runs", "second_to_first"},
    "listing": {"runs", "first_seconds", "again_seconds"},
    "stop": {"seconds", "most_seconds"},
    "idle": {"percent_of_a_core", "megabytes", "processes"},
    "busy": {"rounds", "whole_rounds", "wrong_answers"},
    "kills": {"kills", "by_kind", "wrong"},
    "import": {"runs", "growth"},
    "engine": {"start_seconds", "round_trip_ms", "round_trip_beside_training_ms",
               "stop_seconds"},
}


def test_every_case_is_a_module_and_is_tried_here():
    modules = {path.stem for path in Path(program.__file__).parent.glob("*.py")}
    assert set(FIGURES) == set(program.CASES)
    assert {program.MODULES.get(case, case) for case in FIGURES} \
        == modules - {"__init__", "__main__", "report", "work"}


@pytest.mark.parametrize("case", FIGURES)
def test_the_short_form_measures(case, capsys):
    program.main([case, "--quick", "--json"])
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert FIGURES[case] <= set(record)
    if case in ("cache", "busy", "kills", "import"):
        assert not record["missed"], "what is counted is no matter of speed"
