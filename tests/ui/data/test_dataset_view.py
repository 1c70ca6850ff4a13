"""A data set on the Data page: what an import brought, and what is missing before the
next step."""

import pytest
from streamlit.testing.v1 import AppTest

from tests import corpus
from tests.helpers import drawn
from tests.ui.helpers import ROOT, button, page, words
from tltools import engine
from tltools.datasets import edits


@pytest.fixture
def dataset(home):
    return drawn(home, classes=3, per_class=30)


def test_the_next_step_stays_in_sight_and_says_what_is_missing(home, dataset):
    edits.add_class(home.workspace(), dataset.id, "later")
    app = page("data")
    assert button(app, "next-model").disabled
    assert "Before the next step: Add pictures to it" in words(app)


def test_report_of_a_csv_is_shown(home, tmp_path):
    from tests.datasets.helpers import image

    path = tmp_path / "a.zip"
    rows = b"".join(b"%d.png,%s\n" % (n, (b"x", b"y")[n % 2]) for n in range(20))
    path.write_bytes(corpus.archive([(f"{n}.png", image(n)) for n in range(8)]
                                    + [("labels.csv", b"file,label\n" + rows)]))
    task = engine.connect().submit("data", "tltools.datasets.sources.archive:import_archive",
                                   home=str(home.path), workspace="local", dataset=None,
                                   path=str(path), name="a.zip")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    app.session_state["task-import"] = task
    app.switch_page("pages/data.py").run()
    app.run()
    assert not app.exception
    assert any("8 of 20 rows matched" in item.label for item in app.expander)
    assert "And 2 more" in words(app)
