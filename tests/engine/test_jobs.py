"""Short tasks on disk: the oldest first, a damaged one never blocks the others."""

import os

from tltools import files
from tltools.engine import jobs, tasks

FUNCTION = "tltools.training.lr_finder:find"


def test_the_oldest_is_taken_and_stays_until_it_is_finished(home):
    assert jobs.take(home) is None
    first, second = (jobs.put(home, FUNCTION, {"number": number}) for number in (1, 2))
    wanted = min(first, second)
    assert jobs.take(home).id == wanted
    assert jobs.take(home).id == wanted, "a kill of the engine loses nothing"
    assert jobs.state(home, wanted) == (False, {})
    jobs.finish(home, wanted, {"result": 1, "error": None})
    assert jobs.state(home, wanted) == (True, {"result": 1})
    assert jobs.take(home).id == max(first, second)


def test_a_damaged_one_is_passed_over(home):
    files.write_bytes(home.engine / "jobs" / "0.json", b"{")
    files.write_json(home.engine / "jobs" / "1.json", [])
    good = jobs.put(home, FUNCTION, {})
    assert jobs.take(home).id == good
    assert jobs.state(home, "0") is None


def test_one_that_was_cancelled_while_it_waited_is_not_begun(home):
    unwanted = jobs.put(home, FUNCTION, {})
    files.write_bytes(tasks.folder(home) / f"{unwanted}.cancel", b"")
    assert jobs.take(home) is None
    ended, outcome = jobs.state(home, unwanted)
    assert ended
    assert outcome["problem"]["title"] == "Cancelled"
    assert tasks.cancel_asked(home, unwanted) is None


def test_outcomes_that_nobody_asks_for_go_after_an_hour(home):
    old, new = (jobs.put(home, FUNCTION, {}) for _ in range(2))
    for job in (old, new):
        jobs.finish(home, job, {"result": 1})
    os.utime(home.engine / "jobs" / f"{old}.done.json", (1, 1))
    jobs.take(home)
    assert jobs.state(home, old) is None
    assert jobs.state(home, new) == (True, {"result": 1})


def test_an_engine_that_starts_has_promised_nothing(home):
    job = jobs.put(home, FUNCTION, {})
    jobs.clear(home)
    assert jobs.state(home, job) is None
