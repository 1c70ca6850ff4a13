"""Fixtures that every test may use: an empty home folder, a workspace in it, and the
shared data where it exists."""

import os
from pathlib import Path

import pytest

from tltools.settings import Home, Workspace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--whole-table`: an option of its own, because `-m` on the command line would
    replace one set in pyproject.toml."""
    parser.addoption(
        "--whole-table", action="store_true",
        help="also the tests marked table: every row of the registry (half an hour and 8 GB of "
             "memory)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests marked table out unless they are asked for."""
    if not config.getoption("--whole-table"):
        left_out = [item for item in items if item.get_closest_marker("table")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("table")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home folder of this test's own; autouse, so that no test can touch a
    person's real one."""
    path = tmp_path / "home"
    monkeypatch.setenv("TLTOOLS_HOME", str(path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    # nobody listens there: no test reaches the internet
    monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", "http://127.0.0.1:9")
    return Home(path)


@pytest.fixture
def workspace(home: Home) -> Workspace:
    """The default workspace of the empty home folder."""
    return home.workspace()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with real images and weights (see README, "Tests"); the test is skipped
    where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("TLTOOLS_TEST_DATA", default))
    if not path.is_dir():
        pytest.skip(
            "the shared test data are not on this machine; TLTOOLS_TEST_DATA names their folder")
    return path
