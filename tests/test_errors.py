"""Errors say what a person needs and travel between processes whole."""

import errno
import pickle

import pytest

from tltools import errors
from tltools.errors import ImageError, Problem, SettingsError, TltoolsError, problem_of


def subclasses(cls: type) -> list[type]:
    return [cls, *(below for child in cls.__subclasses__() for below in subclasses(child))]


@pytest.mark.parametrize("cls",
                         [cls for cls in subclasses(TltoolsError) if cls is not SettingsError])
def test_survive_pickling(cls):
    error = pickle.loads(pickle.dumps(cls("Received a.jpg.", "Choose another.", "Title")))
    assert type(error) is cls
    assert error.problem == Problem("Title", "Received a.jpg.", "Choose another.")
    assert str(error) == "Received a.jpg. Choose another."


def test_settings_error_keeps_its_problems():
    problems = [
        Problem("Epochs", "Received 0.", "Choose 1 or more."),
        Problem("Seed", "Received -1.")
    ]
    error = pickle.loads(pickle.dumps(SettingsError(problems)))
    assert error.problems == problems
    assert "Received 0." in str(error)


def test_every_class_is_in_the_drawn_tree():
    for cls in subclasses(TltoolsError):
        assert cls.__name__ in errors.__doc__


def test_problem_of_a_bug_tells_nothing_of_the_machine():
    problem = problem_of(ValueError("/home/person/secret.py line 3 0xdeadbeef"))
    assert "/home" not in str(problem)
    assert "0x" not in str(problem)
    assert problem.remedy


def test_problem_of_known_causes():
    assert problem_of(ImageError("a.jpg is text.", "Remove it.")).reason == "a.jpg is text."
    assert "memory" in problem_of(MemoryError()).title.lower()
    assert "disk" in problem_of(OSError(errno.ENOSPC, "no space")).title.lower()
