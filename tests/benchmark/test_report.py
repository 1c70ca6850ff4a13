"""What a case returns: a missed target is said and is the exit code."""

import json

import pytest

from tltools.benchmark import __main__ as program
from tltools.benchmark import listing
from tltools.benchmark.report import Report, seconds


def test_missed_targets_are_sentences():
    report = Report()
    report.expect(True, "fine")
    report.expect(False, "not reached")
    assert report.missed == ["not reached"]


def test_seconds_returns_what_the_work_returns():
    took, result = seconds(lambda: 7)
    assert result == 7
    assert took >= 0


def test_json_is_one_record_and_a_missed_target_the_exit_code(capsys, monkeypatch):
    assert program.main(["listing", "--quick", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["case"], record["quick"], record["runs"], record["missed"]) == \
        ("listing", True, listing.QUICK_RUNS, [])
    monkeypatch.setattr(listing, "FIRST_SECONDS", 0.0)
    assert program.main(["listing", "--quick"]) == 1
    assert "MISSED: the first list" in capsys.readouterr().out


def test_an_unknown_case_is_refused_and_the_known_ones_are_named(capsys):
    with pytest.raises(SystemExit):
        program.main(["nothing"])
    said = capsys.readouterr().err
    assert all(name in said for name in program.CASES)
