"""What browser tests share: the app on a free port with a home of its own, and Debian's
Chromium."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright

ROOT = Path(__file__).parents[1]
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address: str, seconds: float = 60) -> None:
    """Wait until the server at this address is there."""
    for _ in range(int(seconds * 10)):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
            return
        time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


@contextlib.contextmanager
def app(home: Path) -> Iterator[str]:
    """`streamlit run app.py` with this home folder; yields its address. The engine is
    stopped at the end."""
    port = free_port()
    environment = {**os.environ, "TLTOOLS_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("TLTOOLS_ENGINE", None)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([
            sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true",
            f"--server.port={port}"
        ], cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            answers(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)
            subprocess.run([sys.executable, "-m", "tltools", "engine", "stop"], cwd=ROOT,
                           env=environment, timeout=60, capture_output=True)


@contextlib.contextmanager
def browser(width: int = 1280, dark: bool = False) -> Iterator[Page]:
    """A page of a fresh Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"),
                                              args=CHROMIUM_ARGS)
        page = chromium.new_page(viewport={"width": width, "height": 900},
                                 color_scheme="dark" if dark else "light")
        page.set_default_timeout(60_000)
        # A button that appears under the resting mouse shows its tooltip, which may
        # cover the next button: as a person would, move the mouse away (Playwright
        # moves it only once nothing is in the way).
        page.add_locator_handler(page.get_by_test_id("stTooltipContent"),
                                 lambda _: page.mouse.move(0, 0))
        # And as a person would, wait with each click until the page is drawn: what
        # still moves under the mouse takes none
        page.add_locator_handler(
            page.locator("[data-testid=stApp]:not([data-test-script-state=notRunning])"),
            lambda _: None)
        try:
            yield page
        except Exception:
            folder = os.environ.get("TLTOOLS_TEST_PICTURES")
            if folder:
                page.screenshot(path=Path(folder) / "failed.png", full_page=True)
            raise
        finally:
            chromium.close()


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a select box, of one or of several, by its label; typing filters the
    list. Tries again where a page that was still being drawn shut the list."""
    boxes = page.locator("[data-testid=stSelectbox], [data-testid=stMultiSelect]")
    box = boxes.filter(has_text=label).first.locator("input")
    for attempt in range(5):
        box.click()
        box.fill(option)
        try:
            page.get_by_role("option").filter(has_text=option).first.click(timeout=5_000)
            return
        except TimeoutError:
            if attempt == 4:
                raise
            page.keyboard.press("Escape")


def curve_points(page: Page) -> int:
    """How many points the charts on the page show now."""
    return page.locator(".js-plotly-plot .scatterlayer .point").count()
