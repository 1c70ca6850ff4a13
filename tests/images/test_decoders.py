"""Children that decode: the same answer as the door, and an end to every picture."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests import corpus
from tests.images import made
from tltools import images
from tltools.errors import ImageError
from tltools.images import decoders
from tltools.images.decoders import Decoders

ROOT = Path(__file__).parents[2]
PLAIN = corpus.encoded(made.quarters(), "PNG")
DEEP = made.deep_png(np.full((8, 8, 1), 900, np.uint16))


@pytest.fixture
def pool():
    made_here = Decoders(2)
    yield made_here
    made_here.close()


def children() -> list[psutil.Process]:
    return [item for item in psutil.Process().children() if "decoders.main" in
            " ".join(item.cmdline())]


def test_a_child_gives_what_the_door_gives(pool):
    for data, window in ((PLAIN, None), (DEEP, None), (DEEP, (0.0, 1023.0)),
                         (made.heic("turned-6"), None)):
        assert pool.store_form(data, "a", window) == images.store_form(data, "a", window)
        assert pool.depth_of(data, "a") == images.depth_of(data, "a")


@pytest.mark.parametrize("data", [b"", b"words", PLAIN[:80], b"\0" * 26_000_000])
def test_a_refusal_is_the_doors_refusal(pool, data):
    with pytest.raises(ImageError) as expected:
        images.store_form(data, "folder/a.png")
    with pytest.raises(ImageError) as found:
        pool.store_form(data, "folder/a.png")
    assert found.value.problem == expected.value.problem


def test_a_picture_that_takes_too_long_is_stopped_and_the_next_one_is_answered():
    pool = Decoders(1, seconds=0.2)
    try:
        with pytest.raises(ImageError, match=r"slow.tif takes too long to decode") as caught:
            pool.store_form(made.slow(), "slow.tif")
        assert len(str(caught.value)) <= 140
        patient = Decoders(1)
        assert patient.store_form(PLAIN, "a.png").width == 64
        patient.close()
    finally:
        pool.close()


def test_a_picture_that_takes_too_much_memory_is_stopped():
    pool = Decoders(1, most_bytes=120_000_000)
    large = corpus.encoded(Image.new("RGB", (7000, 7000)), "PNG", compress_level=1)
    try:
        with pytest.raises(ImageError, match=r"large.png needs .* memory"):
            pool.store_form(large, "large.png")
        assert pool.store_form(PLAIN, "a.png").width == 64
    finally:
        pool.close()


def test_a_child_that_died_is_replaced(pool):
    pool.store_form(PLAIN, "a.png")
    before = children()
    assert before
    for child in before:
        child.kill()
        child.wait()
    assert pool.store_form(PLAIN, "a.png").width == 64


def test_a_child_that_dies_at_work_costs_its_picture_only(pool):
    pool.store_form(PLAIN, "a.png")
    (child, ) = children()
    failed, spent = [], child.cpu_times().user

    def ask():
        try:
            pool.store_form(made.slow(), "b.tif")
        except ImageError as error:
            failed.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while child.cpu_times().user < spent + 0.1:  # until it is at work
        threading.Event().wait(0.01)
    child.kill()
    thread.join(20)
    assert failed == ["b.tif is damaged: it ends the program that decodes it. "
                      "Save or copy it again."]
    assert pool.store_form(PLAIN, "c.png").width == 64


def test_answers_come_in_the_order_of_the_questions(pool):
    sizes = list(range(20, 60))
    data = [corpus.encoded(Image.new("L", (size, 20)), "PNG") for size in sizes]
    found = pool.in_order(lambda item: pool.store_form(item, "a.png").width, data)
    assert list(found) == sizes
    assert len(children()) == 2


def test_a_question_that_is_not_asked_any_more_ends(pool):
    found = pool.in_order(lambda item: pool.store_form(item, "a.png").width, [PLAIN] * 50)
    assert next(found) == 64
    found.close()
    assert pool.store_form(PLAIN, "a.png").width == 64


def test_closing_ends_the_children(pool):
    pool.warm_up()
    assert pool.store_form(PLAIN, "a.png").width == 64
    (child, ) = children()
    pool.close()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert pool.store_form(PLAIN, "a.png").width == 64, "and a new one starts"


def test_idle_children_end_by_themselves(pool, monkeypatch):
    monkeypatch.setattr(decoders, "_IDLE_SECONDS", 0.0)
    pool.store_form(PLAIN, "a.png")
    for _ in range(200):
        if not children():
            break
        threading.Event().wait(0.05)
    assert not children()
    monkeypatch.setattr(decoders, "_IDLE_SECONDS", 60.0)
    assert pool.store_form(PLAIN, "a.png").width == 64


def test_a_child_ends_with_its_parent():
    code = ("from tltools.images.decoders import Decoders\nimport sys, time\n"
            "pool = Decoders(1)\npool.store_form(bytes.fromhex(sys.argv[1]), 'a.png')\n"
            "print(next(iter(pool._all))._process.pid, flush=True)\ntime.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code, PLAIN.hex()], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    gone, _ = psutil.wait_procs([child], timeout=20)
    assert gone


def test_one_pool_for_a_process():
    assert decoders.shared() is decoders.shared()
    assert 1 <= decoders.shared().number <= max(1, os.cpu_count() or 1)
