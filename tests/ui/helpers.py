"""What the tests of the pages share: the app shown at a page, and what a person reads
there."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.helpers import queued
from tltools import files, runs
from tltools.runs.events import EpochEvent, RunState, RunStatus

ROOT = Path(__file__).parents[2]
PAGES = ("home", "data", "model", "train", "classify", "runs", "glossary")
HOSTILE = "![x](http://evil/x.png) <b>x</b> :red[y] *z*"


def page(name: str, **query: str) -> AppTest:
    """The app, shown at a page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if name != "home":
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """All that the page says."""
    elements = [
        *app.title, *app.markdown, *app.text, *app.caption, *app.error, *app.warning, *app.info,
        *app.success
    ]
    return "\n".join(str(element.value) for element in elements)


def button(app: AppTest, key: str):
    return next(item for item in app.button if item.key == key)


def completed(home, dataset, **settings) -> runs.Run:
    """A completed run with curves and scores; its model is a file that nothing here
    opens."""
    run = queued(home, dataset, **settings)
    for epoch in range(3):
        runs.append_event(
            run, EpochEvent("head", epoch, 1.0 - epoch / 4, 0.5 + epoch / 8, 0.9 - epoch / 4, 0.75,
                            1e-3, 1.0))
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=3, started=1.0, ended=9.0))
    run.model_path.write_bytes(b"model")
    files.write_json(run.path / "labels.json", run.dataset()["classes"])
    files.write_json(run.path / "results.json", {
        "format": 1, "classes": ["stripes", "checks"], "best_epoch": 2, "val_accuracy": 0.75,
        "test_accuracy": 0.5, "split": {"train": 28, "validation": 6, "test": 6},
        "params": {"total": 10, "trainable": 5},
        "seconds": {"prepare": 1, "extract": 1, "head": 6, "fine_tune": 0, "evaluate": 0,
                    "total": 8}
    })
    return runs.read(home.workspace(), run.id)
