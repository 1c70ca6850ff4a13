"""Pages while a class is served: nothing without a workspace, nothing of another's, and
no change without a class."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import HOSTILE, PAGES, button, page, words
from tltools import files, runs
from tltools.runs.events import RunState, RunStatus
from tltools.serving import classroom

LINK = "http://192.168.1.5:8501"


@pytest.fixture
def served(monkeypatch):
    monkeypatch.setenv("TLTOOLS_CLASS", LINK)


def person_with_work(home, name: str):
    """A person, their data set and a finished run."""
    person = classroom.create(home, name)
    run = queued(home, drawn(home, per_class=3), name=f"run of {name}")
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1))
    (run.path / "model.keras").write_bytes(b"model")
    files.write_json(run.path / "labels.json", ["stripes", "checks"])
    for kind in ("datasets", "runs"):
        (home.path / "workspaces" / "local" / kind).rename(person.workspace.path / kind)
    return person, runs.list_runs(person.workspace)[0]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_without_a_workspace(home, served, name):
    person_with_work(home, "Anna")
    app = page(name)
    assert [item.value for item in app.title] == ["Your workspace"]
    assert "Anna" not in words(app)
    assert not app.error


def test_make_open_and_leave(home, served):
    app = page("home")
    app.text_input(key="w-join-name").set_value(HOSTILE)
    button(app, "go-make").click().run()
    assert not app.exception
    assert f"Workspace: {HOSTILE}" in words(app)
    address = app.query_params["w"]
    (person,) = [item for item in home.workspaces() if item.name.startswith("p-")]
    assert address in (f"{person.name}.{files.read_json(person.path / 'person.json')['key']}",
                       [address[0]])
    assert LINK in [item.value for item in app.code]
    app.switch_page("pages/data.py").run()
    assert app.query_params["w"] == address, "the address keeps the key on every page"
    app.switch_page("pages/home.py").run()
    app = page("home", w=address[0] if isinstance(address, list) else address)
    button(app, "leave").click().run()
    assert [item.value for item in app.title] == ["Your workspace"]
    assert "w" not in app.query_params
    button(app, "go-make").click().run()
    assert "no visible character" in words(app)
    app.text_input(key="w-join-name").set_value(HOSTILE)
    button(app, "go-make").click().run()
    assert "Somebody has a workspace of this name" in words(app).replace("&#58;&#8203;", ":")
    button(app, "go-open").click().run()
    assert app.query_params["w"] != address
    assert "Workspace: " in words(app)
    assert "not known here" in words(page("runs", w=address)), (
        "the address in the browser's history opens nothing")


@pytest.mark.parametrize("name", PAGES)
def test_another_persons_ids_lead_nowhere(home, served, name):
    """Every page with every id of Anna's in Ben's address: not one word of hers."""
    anna, run = person_with_work(home, "Anna")
    ben = classroom.create(home, "Ben")
    files.write_json(ben.workspace.draft,
                     {"format": 1, "dataset": next(anna.workspace.datasets.iterdir()).name})
    app = page(name, w=ben.address, run=run.id)
    said = (words(app) + str([item.options for item in app.selectbox])
            + str([item.value.to_csv() for item in app.dataframe]))
    assert "Anna" not in said
    if name == "home":  # AppTest shows the other pages without what surrounds them
        assert "Workspace: Ben" in said
        assert "Workspace: Anna" in words(page(name, w=anna.address))
    if name in ("train", "classify", "runs"):
        hers = page(name, w=anna.address, run=run.id)
        assert "run of Anna" in words(hers) + str([
            [item.options for item in hers.selectbox],
            [item.value.to_csv() for item in hers.dataframe]])


@pytest.mark.parametrize("change", [
    lambda own, other: other.partition(".")[0] + "." + own.partition(".")[2],
    lambda own, other: "local.x", lambda own, other: "../../x.y"
])
def test_a_changed_key_opens_nothing(home, served, change):
    anna, _ = person_with_work(home, "Anna")
    ben = classroom.create(home, "Ben")
    app = page("runs", w=change(ben.address, anna.address))
    assert [item.value for item in app.title] == ["Your workspace"]
    assert "not known here" in words(app)


def test_folders_and_weights_of_the_machine_are_the_teachers(home, served):
    ben = classroom.create(home, "Ben")
    app = page("data", w=ben.address)
    app.session_state["w-source"] = "here"
    app.run()
    assert not app.exception
    assert "On this computer" not in app.segmented_control(key="w-source").options
    assert "w-folder" not in [item.key for item in app.text_input], (
        "a folder of the class's computer")
    files.write_json(ben.workspace.draft, {"format": 1, "backbone": "VGG16", "weights": "imagenet"})
    app = page("model", w=ben.address)
    assert "Your teacher can get them" in words(app)
    assert not [item for item in app.button if item.key == "go-weights"]


def test_place_in_the_queue_counts_everybody(home, served):
    anna, _ = person_with_work(home, "Anna")
    ben, bens = person_with_work(home, "Ben")
    for person in (anna, ben):
        runs.write_status(runs.list_runs(person.workspace)[0], RunStatus())
    app = page("train", w=ben.address, run=bens.id)
    assert "place 2 of 2" in words(app)
    assert "take turns" in words(app)


def test_without_a_class_nothing_is_asked_and_one_line_says_how(home):
    app = page("home")
    assert "Workspace" not in words(app)
    assert "w" not in app.query_params
    assert any(item.value.endswith("python -m tltools serve") for item in app.code)
