"""No serious or critical finding of axe-core on any page, light and wide, dark and
narrow, with pictures and a run there."""

import shutil

import pytest

from tests.helpers import drawn, queued, train
from tltools.settings import Home
from tltools.ui.common.shell import PAGES

pytestmark = [
    pytest.mark.slow, pytest.mark.browser,
    pytest.mark.skipif(
        shutil.which("chromium") is None, reason="Debian's chromium is not installed")
]


def findings(page) -> list[str]:
    """What axe-core calls serious or critical, with the first place of each."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{item['id']}: {item['nodes'][0]['html'][:150]}"
        for item in Axe().run(page).response["violations"]
        if item["impact"] in ("serious", "critical")
    ]


def test_every_page(home: Home):
    from tests.browser import app, browser

    train(home, queued(home, drawn(home)))
    found = {}
    with app(home.path) as address:
        for width, dark in ((1280, False), (420, True)):
            with browser(width, dark) as page:
                for name in PAGES:
                    page.goto(f"{address}/{name if name != 'home' else ''}")
                    page.locator("h1").first.wait_for()
                    page.locator('[data-test-script-state="notRunning"]').wait_for()
                    page.wait_for_timeout(1000)  # colours fade in
                    found[f"{name}, {width} px"] = findings(page)
    assert not {where: what for where, what in found.items() if what}
