"""`weights`: list, download from a server on loopback, import, and one line for what
cannot be done."""

import json
from pathlib import Path

import pytest

from tests.weights.helpers import FILE, NAME, made_up
from tests.weights_server import serving
from tltools import backbones, weights
from tltools.cli import main


@pytest.fixture(scope="module")
def small_file(tmp_path_factory) -> Path:
    """A real weights file of the smallest backbone."""
    path = tmp_path_factory.mktemp("weights") / FILE
    made_up(NAME, path)
    return path


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")


def test_download_by_command_and_what_list_says(home, small_file, monkeypatch, capsys):
    def listed() -> dict:
        assert main(["weights", "list", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    before = listed()
    assert before["TLNet"] == {
        "state": "on this machine", "here": True, "file": "tlnet.npz",
        "megabytes": before["TLNet"]["megabytes"], "origin": "comes with the app"
    }
    assert before["VGG16"]["state"] == "downloadable"
    assert before["VGG16"]["megabytes"] == 58.9
    assert before["VGG16"]["origin"] == ""
    with serving(files={f"/mobilenet/{FILE}": small_file.read_bytes()}) as server:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", server.address)
        assert main(["weights", "download", NAME, "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        host = server.address.removeprefix("http://")
        origin = f"downloaded from {host}, no published hash; names and shapes fit"
        assert result == {"backbone": NAME, "file": FILE, "origin": origin, "downloaded": True}
        assert listed()[NAME]["state"] == "on this machine"
        assert listed()[NAME]["origin"] == origin
        partial = home.weights / "partial"
        assert not list(partial.glob("*.h5*")) or not (partial / FILE).exists()

        assert main(["weights", "download", NAME]) == 0
        assert "already" in capsys.readouterr().out
        assert len(server.asked) == 1
        assert main(["weights", "download", NAME, "--restart"]) == 0
        assert len(server.asked) == 2
    assert main(["weights", "list"]) == 0
    assert f"on this machine {small_file.stat().st_size / 1e6:7.1f} MB  {origin}" \
        in capsys.readouterr().out


def test_import_is_marked(home, small_file, capsys):
    assert main(["weights", "import", NAME, str(small_file), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["origin"] \
        == "imported, origin not verified (no published hash; names and shapes fit)"
    assert small_file.exists()
    assert weights.standing(home, backbones.get(NAME)).origin == record["origin"]


@pytest.mark.parametrize(("arguments", "word"), [
    (["download"], "weights download BACKBONE"),
    (["download", "VGG99"], "no backbone"),
    (["download", "VGG16"], "No connection"),
    (["import", "VGG16"], "weights import BACKBONE FILE"),
    (["import", "VGG16", "nowhere.h5"], "not there"),
])
def test_what_cannot_be_done_is_one_line(capsys, arguments, word):
    assert main(["weights", *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert word in said
    assert "\n" not in said


@pytest.mark.slow
def test_another_networks_file_is_not_used(home, small_file, monkeypatch, capsys):
    """Keras publishes no hash of MobileNet: names and shapes are what keeps a wrong
    file out."""
    with serving(
            files={"/mobilenet/mobilenet_5_0_128_tf_no_top.h5": small_file.read_bytes()}) as server:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", server.address)
        assert main(["weights", "download", "MobileNet-0.5"]) == 2
        assert "does not fit MobileNet-0.5" in capsys.readouterr().err
        row = backbones.get("MobileNet-0.5")
        assert weights.find(home, row) is None
        partial = home.weights / "partial" / "mobilenet_5_0_128_tf_no_top.h5"
        assert not partial.exists(), "the next try begins anew"
        assert main(["weights", "download", "MobileNet-0.5"]) == 2
        assert [asked for _, asked in server.asked] == [None, None]
