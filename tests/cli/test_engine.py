"""`engine`: what it says of the computing processes. They themselves are started in
`test_cli.py`."""

import json

import pytest

from tltools import engine
from tltools.cli import main
from tltools.errors import Problem


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")


def said(capsys, action: str) -> dict:
    assert main(["engine", action, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_status_stop_and_status_again(capsys):
    assert said(capsys, "status")["running"]
    assert said(capsys, "stop") == {"running": False, "pid": None, "workers": {}, "current": None,
                                    "trouble": None}
    assert main(["engine", "stop"]) == 0
    assert capsys.readouterr().out == "The engine is not running.\n", "it had stopped before"


def test_stopped_is_said_of_one_that_ran(capsys):
    assert main(["engine", "stop"]) == 0
    assert capsys.readouterr().out == "The engine is stopped.\n"


def test_trouble_is_passed_on(capsys):
    engine.connect().trouble = Problem("Trouble", "The disk is full.", "Free some space.")
    assert "The disk is full." in said(capsys, "status")["trouble"]
    assert main(["engine", "status"]) == 0
    assert "The disk is full. Free some space." in capsys.readouterr().out


def test_one_that_does_not_start_is_one_line(capsys):
    engine.connect().stop()
    assert main(["engine", "start"]) == 2
    line = capsys.readouterr().err.strip()
    assert "does not start" in line
    assert "\n" not in line
