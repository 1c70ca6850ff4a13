"""Whether a process lives: asked of the system here, of the heartbeat elsewhere."""

import os
import subprocess
import sys

import pytest

from tltools import processes
from tltools.processes import STALE_SECONDS, lives

NOW = 1_000_000.0
FRESH, LATE = NOW - 1, NOW - STALE_SECONDS - 1


def test_a_late_beat_on_this_machine_is_no_death():
    mine = processes.identity()
    assert lives(mine["host"], mine["pid"], mine["born"], LATE, NOW)


def test_a_process_that_is_gone_is_dead_at_once_whatever_its_beat():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert not lives(processes.host(), child.pid, None, FRESH, NOW)


def test_a_zombie_does_not_live():
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdin=subprocess.DEVNULL)
    while processes.exists(child.pid):
        pass
    assert child.poll() is not None


def test_another_process_with_the_same_id_is_another():
    mine = processes.identity()
    assert not lives(mine["host"], mine["pid"], mine["born"] - 3600, FRESH, NOW)


@pytest.mark.parametrize(("heartbeat", "expected"), [(FRESH, True), (LATE, False)])
def test_of_another_machine_only_the_heartbeat_tells(heartbeat, expected):
    assert lives("elsewhere", os.getpid(), None, heartbeat, NOW) is expected
    assert lives(None, None, None, heartbeat, NOW) is expected, "a record of an older version"
    assert lives(None, 2**22 + 1, None, FRESH, NOW) is False


@pytest.mark.parametrize("pid", ["x", -1, 2**70, 1.5])
def test_a_strange_id_is_no_process(pid):
    assert not lives(processes.host(), pid, None, FRESH, NOW)
