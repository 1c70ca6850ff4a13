"""Every click's run ends on the page, however often a part of the page renews itself.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import answers, free_port
from tests.load.client import Session

CLICKS = 100
SCRIPT = """
import time
import streamlit as st
from tltools.ui.common import lost_ends

lost_ends.mend()

@st.fragment(run_every=1)
def renewing():
    st.write(time.time())

renewing()
for number in range(5):
    st.write(number, time.time())
st.button("go", key="go")
"""


@pytest.mark.slow
def test_no_end_of_a_run_is_lost(tmp_path):
    """A fragment that asks every 4 ms. Without `mend`, about one click in twenty has no
    end."""
    (tmp_path / "script.py").write_text(SCRIPT)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(tmp_path / "script.py"),
         "--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def clicks() -> int:
        lost = 0
        async with Session(url) as tab:
            await tab.run()
            fragment = next(iter(tab._timers))
            tab._stop_timers()

            async def renew() -> None:
                while True:
                    await tab._send(fragment=fragment)
                    await asyncio.sleep(0.004)

            renewing = asyncio.create_task(renew())
            for _ in range(CLICKS):
                try:
                    await tab.run(click="go", timeout=15)
                except TimeoutError:
                    lost += 1
                tab._stop_timers()
            renewing.cancel()
        return lost

    try:
        answers(url)
        assert asyncio.run(clicks()) == 0
    finally:
        server.terminate()
        server.wait(20)
