"""Decoding in child processes: the same pictures as without them, in order, and what a
hanging, crashing or idle child means."""

from tests import corpus
from tests.datasets.helpers import image
from tltools.datasets import decoding
from tltools.errors import ImageError
from tltools.images import store_form, thumbnail


def test_children_make_what_the_door_makes_in_order():
    data = [image(number) for number in range(30)]
    data[7] = b"text"
    answers = list(decoding.decoded(decoding.Job(item, f"{number}.png")
                                    for number, item in enumerate(data)))
    assert isinstance(answers[7], ImageError)
    assert "7.png is not a picture" in str(answers[7])
    for number, answer in enumerate(answers):
        if number != 7:
            stored = store_form(data[number], "x")
            assert answer == decoding.Decoded(stored, thumbnail(stored.data))


def test_pictures_are_read_only_a_little_ahead():
    taken = []

    def jobs():
        for number in range(1_000):
            taken.append(number)
            yield decoding.Job(image(number), "x.png")

    answers = decoding.decoded(jobs())
    next(answers)
    answers.close()
    assert len(taken) < 100


def test_a_picture_that_takes_too_long_is_a_sentence_and_the_rest_goes_on():
    slow = corpus.encoded(corpus.picture(size=(5_000, 4_000)), "JPEG", progressive=True)
    answers = list(decoding.decoded(
        [decoding.Job(image(1), "1.png"), decoding.Job(slow, "slow.jpg"),
         decoding.Job(image(2), "2.png")], seconds=0.1))
    assert isinstance(answers[0], decoding.Decoded)
    assert isinstance(answers[2], decoding.Decoded)
    assert str(answers[1]).startswith("slow.jpg takes more than 0 seconds to decode.")


def test_a_child_that_is_killed_is_replaced():
    child = decoding._Child()
    try:
        assert isinstance(child.ask(decoding.Job(image(1), "1.png"), 10), decoding.Decoded)
        child._process.kill()
        child._process.wait()
        assert isinstance(child.ask(decoding.Job(image(1), "1.png"), 10), decoding.Decoded)
    finally:
        child._process.kill()
        child._process.wait()


def test_a_child_ends_with_its_work_and_with_its_parent():
    process = decoding._Child()
    process.ask(decoding.Job(image(1), "1.png"), 10)
    child = process._process
    child.stdin.close()
    assert child.wait(10) == 0


def test_a_child_without_work_ends_and_the_next_picture_starts_another():
    child = decoding._Child(idle=0.5)
    assert isinstance(child.ask(decoding.Job(image(1), "1.png"), 10), decoding.Decoded)
    first = child._process
    assert first.wait(30) == 0
    assert isinstance(child.ask(decoding.Job(image(2), "2.png"), 10), decoding.Decoded)
    assert child._process is not first
    child._process.wait(30)
