"""Paths stay inside the home folder, whatever a link or a command says."""

import pytest

from tltools import settings
from tltools.errors import NotFound

BAD_IDS = [
    "", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:\\x", "a\0b", "~", ".hidden", "x" * 65,
    "a b", "é", "a\n", None, 3
]


@pytest.mark.parametrize("text", BAD_IDS)
def test_bad_ids_are_refused(workspace, text):
    for make in (workspace.run, workspace.dataset, settings.home().workspace):
        with pytest.raises(NotFound):
            make(text)


def test_paths_are_inside_the_home(home, workspace):
    for path in (workspace.run("a-1"), workspace.dataset("b_2"), workspace.draft, home.features,
                 home.weights):
        assert home.path in path.parents


def test_home_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("TLTOOLS_HOME", str(tmp_path / "other"))
    assert settings.home().path == tmp_path / "other"
    monkeypatch.setenv("TLTOOLS_HOME", "  ")
    assert settings.home().path.name == ".tltools"


def test_workspaces_lists_only_folders_with_good_names(home):
    for name in ("local", "anna", ".hidden"):
        (home.path / "workspaces" / name).mkdir(parents=True)
    (home.path / "workspaces" / "file").write_text("x")
    assert [workspace.name for workspace in home.workspaces()] == ["anna", "local"]
