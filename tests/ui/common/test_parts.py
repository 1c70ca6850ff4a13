"""Parts that pages share: words as text, a task from its start to its note, questions,
amounts."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.helpers import HOSTILE, button, words
from tltools import engine
from tltools.engine import TaskView
from tltools.errors import Problem
from tltools.runs import Run
from tltools.runs.events import RunState
from tltools.ui.common import parts


def a_task():
    """A script that looks at a picture's file name on the engine and shows how it goes.
    """
    import streamlit as st

    from tltools.ui.common import parts

    def finished(result):
        st.session_state["result"] = result
        st.session_state["note-place"] = "All is well."

    st.text(f"busy: {parts.task_progress('place', 'Looking', finished)}")
    st.text(f"failed: {parts.task_note('place')}")
    if st.button("Go", key="go"):
        parts.start_task("place", "data", "tltools.images:previews",
                         paths=st.session_state.get("paths", []), size=32, rule="crop")
        st.rerun()


def said(app: AppTest) -> str:
    return "\n".join(item.value for item in app.text)


@pytest.mark.slow
def test_a_task_ends_with_its_result_and_its_note():
    app = AppTest.from_function(a_task, default_timeout=30).run()
    assert said(app) == "busy: False\nfailed: False"
    button(app, "go").click().run()
    assert app.session_state["result"] == []
    app.run()
    assert said(app) == "busy: False\nfailed: False"
    assert [item.value for item in app.success] == ["All is well."]
    assert "task-place" not in app.session_state, "it is not asked for again"


@pytest.mark.slow
def test_what_a_task_ran_into_is_said_until_the_next_one_begins(tmp_path):
    app = AppTest.from_function(a_task, default_timeout=30)
    app.session_state["paths"] = [str(tmp_path / "gone.png")]
    app.run()
    button(app, "go").click().run()
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert str(tmp_path) not in words(app)
    assert "failed: True" in said(app)
    app.session_state["paths"] = []
    button(app, "go").click().run()
    app.run()
    assert not app.error


def test_without_an_engine_it_says_so_and_remembers_no_task():
    here = engine.connect()
    app = AppTest.from_function(a_task, default_timeout=30).run()
    here.running = False
    button(app, "go").click().run()
    assert not app.exception
    assert "does not start" in words(app)
    assert "task-place" not in app.session_state


@pytest.mark.parametrize(("view", "text"), [
    (TaskView("waiting"), "Looking …"),
    (TaskView("running", 1200, 4000, "*a*.png", 100.0),
     "Looking: 1,200 of 4,000, about 2 min left · &#42;a&#42;&#46;png"),
    (TaskView("running", 1_500_000, 3_000_000, "bytes"), "Looking: 1.5 of 3.0 MB"),
])
def test_a_task_under_way_shows_how_far_it_is_and_can_be_cancelled(monkeypatch, view, text):
    here, cancelled = engine.connect(), []
    monkeypatch.setattr(here, "task", lambda task_id: view)
    monkeypatch.setattr(here, "cancel", cancelled.append)
    app = AppTest.from_function(a_task, default_timeout=30)
    app.session_state["task-place"] = "the task"
    app.run()
    assert said(app).startswith("busy: True")
    bar = app.get("progress")[0].proto
    assert (bar.text, bar.value) == (text, 100 * view.done // view.total if view.total else 0)
    button(app, "cancel-place").click().run()
    assert cancelled == ["the task"]


def test_a_problem_and_a_next_step_show_a_persons_words_as_text():
    def script():
        from tests.ui.helpers import HOSTILE
        from tltools.errors import Problem
        from tltools.ui.common import parts

        parts.problem(Problem(HOSTILE, HOSTILE, HOSTILE))
        parts.problem(Problem("Careful", "It is near."), "warning")
        parts.next_step("model", "Next", first=HOSTILE)

    app = AppTest.from_function(script, default_timeout=30).run()
    for shown in (app.error[0].value, app.caption[0].value):
        for markup in ("![x](", "<b>", "*z*", ":red["):
            assert markup not in shown
    assert HOSTILE.split()[-1].strip("*") in app.error[0].value
    assert "It is near" in app.warning[0].value
    assert button(app, "next-model").disabled, "first what must be done before"


def test_a_question_is_answered_by_one_of_two_buttons():
    def script():
        import streamlit as st

        from tltools.ui.common import parts

        st.text(str(parts.confirmed("Delete it", "gone")))

    app = AppTest.from_function(script, default_timeout=30).run()
    assert button(app, "gone").label == "Delete it"
    button(app, "gone-cancel").click().run()
    assert said(app) == "False"
    button(app, "gone").click().run()
    assert said(app) == "True"


def test_an_empty_page_stops_after_the_way_out():
    def script():
        import streamlit as st

        from tltools.ui.common import parts

        parts.empty("There is nothing.", "data", "Bring pictures")
        st.text("never shown")

    app = AppTest.from_function(script, default_timeout=30).run()
    assert words(app) == "There is nothing."
    assert button(app, "next-data").label == "Bring pictures"


def test_amounts_moments_and_titles(tmp_path):
    assert parts.amount(1_234, 56_789, "pictures") == "1,234 of 56,789"
    assert parts.amount(250_000, 12_000_000, "bytes") == "0.2 of 12.0 MB"
    assert parts.when(0) == "–"
    moment = time.mktime((2026, 3, 9, 14, 5, 0, 0, 0, -1))
    assert parts.when(moment) == "09 Mar 2026, 14:05"
    run = Run("id", tmp_path, HOSTILE, moment, RunState.STOPPED)
    assert parts.run_title(run) == f"■ {HOSTILE} · 09 Mar 2026, 14:05"
    assert len(set(parts.STATE_MARKS.values())) == len(RunState), "one mark for each state"


def test_a_note_that_is_a_problem_keeps_its_remedy():
    app = AppTest.from_function(a_task, default_timeout=30)
    app.session_state["note-place"] = Problem("Not done", "The disk is full.", "Free some space.")
    app.run()
    assert "Free some space" in words(app)
    assert "failed: True" in said(app)
