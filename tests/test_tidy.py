"""The code passes its own linter and type checker (settings: pyproject.toml)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [
    ["ruff", "check", "--no-cache", "."],
    pytest.param(["mypy", "--no-incremental"], marks=pytest.mark.slow),
], ids=lambda command: command[0])
def test_clean(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
