"""The weights on the Model page: what is here, Download with its size, what went wrong,
import; never a silent fallback."""


from tests.ui.helpers import button, page, words
from tests.weights.helpers import FILE, NAME, made_up
from tests.weights_server import serving
from tltools import backbones, files, weights
from tltools.config import RunConfig


def chosen(home, name: str, **changes) -> None:
    files.write_json(home.workspace().draft,
                     RunConfig(backbone=name, input_size=128, **changes).as_dict())


def test_nothing_is_fetched_before_the_press(home, monkeypatch):
    with serving() as server:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", server.address)
        chosen(home, "VGG16")
        app = page("model")
        assert button(app, "go-download").label == "Download about 59 MB"
        assert "not on this machine" in words(app)
        page("train")
        assert server.asked == []


def test_download_then_ready(home, tmp_path, monkeypatch):
    made_up(NAME, tmp_path / FILE)
    with serving(files={f"/mobilenet/{FILE}": (tmp_path / FILE).read_bytes()}) as server:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", server.address)
        chosen(home, NAME)
        app = page("model")
        button(app, "go-download").click().run()
        for _ in range(3):  # transfer, check, note: each a run of the page of its own
            app.run()
        assert not app.exception
        assert not app.error
        said = words(app).replace("&#58;&#8203;", ":").replace("&#46;", ".")
        assert f"On this machine: {FILE.replace('_', '&#95;')} (1 MB)" in said
        assert "downloaded from 127.0.0.1:" in said
        assert weights.find(home, backbones.get(NAME))
        assert len(server.asked) == 1


def test_no_connection_names_the_offline_choices(home):
    chosen(home, "VGG16")
    app = page("model")
    button(app, "go-download").click().run()
    app.run()
    assert "No connection to" in str(app.error[0].value)
    assert "Import the file, use a ready backbone (TLNet), or start from scratch." in words(app)
    assert button(app, "go-download"), "it can be tried again"


def test_what_has_arrived_is_offered(home, monkeypatch):
    body = b"\x89HDF\r\n\x1a\n" + bytes(2_000_000)
    with serving(files={f"/mobilenet/{FILE}": body}, cuts=[1_000_000, 0]) as server:
        monkeypatch.setenv("TLTOOLS_WEIGHTS_URL", server.address)
        monkeypatch.setattr("tltools.weights.downloads.RETRY_SECONDS", 0.0)
        chosen(home, NAME)
        app = page("model")
        button(app, "go-download").click().run()
        app.run()
        assert "broke off after 1.0 of 2.0 MB" in str(app.error[0].value).replace("&#46;", ".")
        assert button(app, "go-download").label == "Go on with the download (1 of 2 MB are here)"
        button(app, "go-download-anew").click().run()
        assert server.asked[-1] == (f"/mobilenet/{FILE}", None)


def test_from_scratch_asks_for_no_weights(home):
    chosen(home, "VGG16", weights="none", unfreeze_stages=-1)
    app = page("model")
    assert not [item for item in app.button if item.key == "go-download"]
    assert "not on this machine" not in words(app)
