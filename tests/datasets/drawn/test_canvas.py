"""The canvas: what is drawn lies where it was placed, with smooth edges, in colours
that are cut and never wrap."""

import math

import numpy as np
import pytest

from tltools.datasets.drawn.canvas import Canvas, clutter, ellipse, hsv, rgb

BLACK, WHITE = np.zeros(3), np.full(3, 255.0)


def covered(canvas: Canvas) -> np.ndarray:
    """Where white was drawn on black: (side, side), 0..1."""
    return canvas.pixels()[..., 0] / 255


def test_a_box_covers_its_share_of_the_picture():
    canvas = Canvas(40, BLACK)
    canvas.box(0.25, 0.5, 0.75, 1, WHITE)
    seen = covered(canvas)
    assert seen.shape == (40, 40)
    assert seen[25:, 12:28].min() == 1
    assert seen[:19].max() == seen[:, :9].max() == seen[:, 32:].max() == 0
    assert seen.mean() == pytest.approx(0.25, abs=0.02)


def test_place_moves_enlarges_and_turns_what_is_drawn():
    canvas = Canvas(50, BLACK)
    canvas.place((0.5, 0.25), zoom=0.1, turn=math.pi / 2)
    assert canvas.pixel((0, 0)) == pytest.approx((50, 25))
    assert canvas.pixel((2, 0)) == pytest.approx((50, 45)), "what lay right lies below"
    assert canvas.pixel((0, 2)) == pytest.approx((30, 25)), "what lay below lies left"
    canvas.blob(0, 0, 2, 0.5, WHITE)
    rows, columns = np.nonzero(covered(canvas) > 0.5)
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=2)
    assert np.ptp(columns) + 1 == pytest.approx(5, abs=2)
    assert (rows.mean(), columns.mean()) == pytest.approx((12.5, 25), abs=1)
    canvas.place()
    assert canvas.pixel((0.5, 1)) == pytest.approx((50, 100))


def test_edges_are_smooth():
    canvas = Canvas(40, BLACK)
    canvas.blob(0.5, 0.5, 0.3, 0.3, WHITE)
    seen = covered(canvas)
    assert ((seen > 0) & (seen < 1)).sum() > 20
    assert seen.mean() == pytest.approx(math.pi * 0.3**2, abs=0.02)


def test_a_line_is_as_wide_as_asked_and_has_round_ends():
    canvas = Canvas(60, BLACK)
    canvas.line([(0.3, 0.5), (0.7, 0.5)], WHITE, 0.2)
    seen = covered(canvas)
    assert seen[:, 30].sum() == pytest.approx(12, abs=1.5)
    assert seen[30, 14] == 1, "the end reaches beyond its point"
    assert seen[25, 13] == 0, "and is no corner"


def test_a_shape_is_given_in_units_of_its_size():
    one, other = Canvas(40, BLACK), Canvas(40, BLACK)
    one.shape(0.5, 0.75, 0.25, [(-1, 0), (1, 0), (0, -2)], WHITE)
    other.polygon([(0.25, 0.75), (0.75, 0.75), (0.5, 0.25)], WHITE)
    np.testing.assert_array_equal(one.pixels(), other.pixels())
    assert covered(one).any()


def test_an_ellipse_or_a_part_of_it():
    whole = np.array(ellipse(1, 2, 3, 0.5))
    np.testing.assert_allclose(((whole - (1, 2)) / (3, 0.5))**2 @ (1, 1), 1)
    np.testing.assert_allclose(whole[0], whole[-1])
    below = np.array(ellipse(0, 0, 1, 1, start=0, end=math.pi))
    assert below[:, 1].min() > -1e-9, "angles go clockwise: y grows downwards"
    np.testing.assert_allclose(ellipse(0, 0, 2, 1, turn=math.pi / 2)[0], (0, 2), atol=1e-9)


def test_colours_are_cut_and_hues_go_round():
    assert rgb(np.array([-20, 127.9, 900])) == (0, 127, 255)
    np.testing.assert_allclose(hsv(0, 1, 1), (255, 0, 0))
    np.testing.assert_allclose(hsv(1 / 3 - 2, 1, 0.5), (0, 127.5, 0), atol=1e-9)
    np.testing.assert_allclose(hsv(0.7, 0, 0.2), (51, 51, 51))


def test_clutter_is_the_same_for_the_same_chance_and_none_is_none():
    seen = []
    for count, seed in ((12, 1), (12, 1), (12, 2), (0, 1)):
        canvas = Canvas(32, np.full(3, 128.0))
        clutter(canvas, np.random.default_rng(seed), count)
        seen.append(canvas.pixels())
    np.testing.assert_array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])
    assert seen[0].std() > 5
    assert seen[3].std() == 0
