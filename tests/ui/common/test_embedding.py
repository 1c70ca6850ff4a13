"""Inside a page of another origin, where Streamlit refuses uploads: the page says why,
and the drop zone, which needs no request, works."""

import http.server
import shutil
import threading

import pytest

from tests import corpus
from tltools.settings import Home

pytestmark = [
    pytest.mark.slow, pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("chromium") is None, reason="Debian's chromium is not installed")
]
WORDS = "shown inside another page"


@pytest.fixture
def around():
    """A server of another site; `around.page` is the body of its only page."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(server.page.encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.page = ""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_uploads_say_why_they_cannot_work_and_the_drop_zone_does(home: Home, tmp_path, around):
    from tests.browser import app, browser

    for number, name in enumerate(("cats", "dogs")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        (tmp_path / "pets" / name / "a.png").write_bytes(
            corpus.encoded(corpus.picture(seed=number), "PNG"))
    with app(home.path) as address, browser() as page:
        page.goto(f"{address}/data")
        page.get_by_role("radio", name="Pictures of one class").click()
        page.get_by_text("Pictures of this class").first.wait_for()
        page.wait_for_timeout(1000)
        assert not page.get_by_text(WORDS).is_visible(), "in a tab of its own all works"

        around.page = (f'<!doctype html><iframe src="{address}/data?embed=true" width="1200" '
                       'height="800"></iframe>')
        page.goto(f"http://localhost:{around.server_address[1]}/")
        inside = page.frame_locator("iframe")
        inside.get_by_role("radio", name="Pictures of one class").click()
        inside.get_by_text(WORDS).wait_for()
        inside.get_by_role("radio", name="Folder, archive or many files").click()
        inside.get_by_role("button", name="Choose a folder").wait_for()
        inside.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "pets")
        inside.get_by_text("2 pictures in 2 classes").wait_for()
