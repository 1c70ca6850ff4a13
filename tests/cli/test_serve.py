"""`python -m tltools serve`: the right options, a real server that refuses strangers,
and a clean end."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.browser import free_port
from tests.helpers import until
from tests.load.client import Session
from tltools.cli import main, serve
from tltools.engine.client import Engine
from tltools.serving import classroom

ROOT = Path(__file__).parents[2]


def test_the_server_is_told_what_it_needs_and_keeps_its_protection():
    command = serve.command("0.0.0.0", 8501, ["192.168.1.5", "10.0.0.2"])
    assert "--server.address=0.0.0.0" in command
    assert "--browser.serverAddress=192.168.1.5" in command
    allowed = {
        item.partition("=")[2] for item in command if item.startswith("--server.allowedHosts=")
    }
    assert {"192.168.1.5", "10.0.0.2", "localhost", "127.0.0.1",
            socket.gethostname().lower()} <= allowed
    assert "*" not in allowed
    assert not any("enableCORS" in item or "Xsrf" in item for item in command)


def test_addresses_are_of_this_machine():
    own = {item.address for addresses in psutil.net_if_addrs().values() for item in addresses}
    assert set(serve.lan_addresses()) <= own
    assert not any(item.startswith(("127.", "169.254.")) for item in serve.lan_addresses())


def test_what_cannot_be_served_is_one_line(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--address", "127.0.0.1", "--port", str(taken.getsockname()[1])]) == 2
    assert main(["serve", "--at-once", "0"]) == 2
    assert main(["serve", "--port", "99999"]) == 2
    assert main(["serve", "--address", "203.0.113.7"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 4
    assert all(len(line) <= 140 for line in lines), lines


def handshake(port: int, host: str, origin: str) -> str:
    """First line of the answer to a WebSocket request."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall((
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        return line.recv(1000).decode().split("\r\n")[0]


def serving(port: int) -> tuple[subprocess.Popen, str]:
    """A server of a class, and what it printed until it was ready."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tltools", "serve", "--address", "127.0.0.1", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = [""]
    while "Ctrl+C" not in said[-1]:
        said.append(server.stdout.readline())
        assert server.poll() is None
    return server, "".join(said)


def end(server: subprocess.Popen) -> None:
    """Ctrl+C."""
    server.send_signal(signal.SIGINT if os.name != "nt" else signal.CTRL_C_EVENT)
    assert server.wait(150) == 0


@pytest.mark.slow
def test_an_engine_that_was_there_before_goes_on(home):
    """The app that started it may still be open."""
    engine = Engine(home)
    try:
        engine.start()
        until(lambda: engine.status().running, 60)
        pid = engine.status().pid
        server, _ = serving(free_port())
        end(server)
        assert engine.status().running
        assert engine.status().pid == pid
    finally:
        engine.stop()


@pytest.mark.slow
def test_a_real_server(home):
    """Link and QR code are printed; strange hosts and other pages are refused; nobody
    forges a workspace; it ends whole."""
    port = free_port()
    server, said = serving(port)
    try:
        link = f"http://127.0.0.1:{port}"
        assert re.search(rf"The class opens:\s+{link}$", said, re.M)
        assert "█" in said
        assert urllib.request.urlopen(link, timeout=20).status == 200
        assert "101" in handshake(port, f"127.0.0.1:{port}", link)
        assert "403" in handshake(port, f"evil.example:{port}", f"http://evil.example:{port}"), (
            "DNS rebinding")
        assert "403" in handshake(port, f"127.0.0.1:{port}", "http://evil.example"), (
            "another web page")
        anna = classroom.create(home, "Anna")

        async def visit() -> None:
            async with Session(link) as tab:
                tab._values["person"] = WidgetState(id="person", string_value=anna.address)
                await tab.run()
                assert not tab.says("Workspace: "), "a forged state opens nothing"
                tab._values.clear()
                await tab.run()
                await tab.run(click="go-make", w_join_name="Ben")
                assert tab.says("Workspace: Ben")
                assert "w=p-" in tab.query
                await tab.run(page="data")
                assert "w=p-" in tab.query, "the address keeps the key"
            async with Session(link) as tab:
                tab.query = f"w={anna.address}"
                await tab.run()
                assert tab.says("Workspace: Anna")

        asyncio.run(visit())
        engine = Engine(home)
        until(lambda: engine.status().running, 60)
        pid = engine.status().pid
        family = [*psutil.Process(server.pid).children(recursive=True), psutil.Process(pid)]
        end(server)
        _, alive = psutil.wait_procs(family, timeout=30)
        assert not alive
    finally:
        server.kill()
        server.wait(20)
        Engine(home).stop()
