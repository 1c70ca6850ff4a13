"""`python -m tltools serve`: the app for a class on the local network, with its link as
text and QR code.

Owns what Streamlit is told for that (address, allowed hosts) and a clean end. Leaves
workspaces to `serving.classroom`.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tltools import engine
from tltools.cli import parser
from tltools.cli.output import say
from tltools.errors import EngineError, InputError
from tltools.serving import classroom

ROOT = Path(__file__).resolve().parents[2]
PORT = 8501
START_SECONDS = 60.0
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "tun", "tap", "utun",
            "wg", "zt", "tailscale")


def add(commands: Any) -> None:
    """The command and its options."""
    made = parser.command(commands, "serve", run, "serve the app to a class on the local network",
                          json_too=False)
    made.add_argument("--port", type=int, default=PORT, help=f"default {PORT}")
    made.add_argument("--address", default="",
                      help="address of this computer to listen on (default: all of them)")
    made.add_argument("--at-once", type=int, default=1, metavar="K",
                      help="how many runs train at the same time, 1 to 8")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl+C; returns the exit code."""
    if not 1 <= options.at_once <= 8:
        raise InputError(f"Received {options.at_once} runs at once.", "Give 1 to 8.")
    if not 1 <= options.port <= 65535:
        raise InputError(f"Received port {options.port}.",
                         "Give 1 to 65535; usual are 8501 to 8599.")
    found = [options.address] if options.address and options.address != "0.0.0.0" \
        else lan_addresses()
    link = f"http://{found[0] if found else '127.0.0.1'}:{options.port}"
    _check_port(options.address or "0.0.0.0", options.port)
    _restart_engine_if_other(options.at_once)
    # else an app on the same home uses it, and goes on with it afterwards
    own = not engine.connect().status().running
    # for the server and the engine
    os.environ |= {"TLTOOLS_CLASS": link, "TLTOOLS_AT_ONCE": str(options.at_once)}
    # each click is a thread; with an arena for each, glibc keeps memory
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", "131072")
    process = subprocess.Popen(command(options.address or "0.0.0.0", options.port, found), cwd=ROOT,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        with _ends_by_signal():
            _wait(process,
                  options.address if options.address not in ("", "0.0.0.0") else "127.0.0.1",
                  options.port)
            engine.connect().start()
            _say(link, found, options)
            return process.wait()
    except KeyboardInterrupt:
        say("Ending. Everything that the class made is kept; runs that wait go on "
            "with the next start.")
        return 0
    finally:
        _end(process, own)


def command(address: str, port: int, hosts: list[str]) -> list[str]:
    """The command line of the server. Everything else, XSRF and CORS protection too,
    stands in `.streamlit/config.toml`.

    hosts: the addresses under which browsers may come; any other name in a request's
    Host header is refused (DNS rebinding), and so are requests of other web pages.
    """
    name = socket.gethostname()
    allowed = dict.fromkeys([*hosts, "localhost", "127.0.0.1", name.lower(),
                             f"{name.lower().split('.')[0]}.local"])
    # Without browser.serverAddress Streamlit asks the internet for this computer's
    # address
    return [
        sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true",
        f"--server.address={address}", f"--server.port={port}",
        f"--browser.serverAddress={hosts[0] if hosts else '127.0.0.1'}",
        *(f"--server.allowedHosts={host}" for host in allowed)
    ]


def lan_addresses() -> list[str]:
    """IPv4 addresses of this computer in its networks, the one that other computers
    most likely reach first.

    The first is that of the route to elsewhere (a connected UDP socket sends nothing).
    Loopback, self-assigned (169.254.*) and most virtual networks are left out.
    """
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        found.append(probe.getsockname()[0])
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    for name, addresses in psutil.net_if_addrs().items():
        if name in up and not name.lower().startswith(_VIRTUAL):
            found += [item.address for item in addresses if item.family == socket.AF_INET]
    return [
        item for item in dict.fromkeys(found) if not item.startswith(("127.", "169.254.", "0."))
    ]


def _check_port(address: str, port: int) -> None:
    with socket.socket() as probe:
        if os.name != "nt":  # there it would let two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise InputError(
                f"Cannot listen on {address}, port {port}: in use, not allowed, or "
                "not this computer's.",
                "Choose another with --port or --address.") from error


def _restart_engine_if_other(at_once: int) -> None:
    here = engine.connect()
    now = here.status()
    if now.running and now.at_once != at_once and not now.small:
        if now.current:
            raise EngineError(f"The engine is training now, with {now.at_once} at once.",
                              "Wait until it is done, or: python -m tltools engine stop")
        here.stop()


def _wait(process: subprocess.Popen, address: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://{address}:{port}/_stcore/health", timeout=1).read()
            return
        if process.poll() is not None:
            raise EngineError("The server ended while starting.", "Its words stand above.")
        time.sleep(0.1)
    raise EngineError("The server does not answer.", "Try another --port.")


def _say(link: str, found: list[str], options: argparse.Namespace) -> None:
    print(classroom.qr_words(link) if found else "", flush=True)
    print(f"The class opens:   {link}")
    for other in found[1:]:
        print(f"   or, in another network:   http://{other}:{options.port}")
    if not found:
        print("This computer is in no network now, so only it can open the link.")
    elif found[0].startswith("127."):
        print("Only this computer can open this address. Leave --address out for the others.")
    print(
        f"Runs at once: {options.at_once}. Everybody makes a workspace with a name and sees only "
        "that. Ctrl+C ends it.",
        flush=True)


@contextlib.contextmanager
def _ends_by_signal() -> Iterator[None]:
    """A polite request to end (SIGTERM) ends it as Ctrl+C does; and so does SIGINT
    where the shell that started it in the background had it ignored."""
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen, stop_engine: bool) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl+C does not leave the server behind
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        if process.poll() is None:
            process.kill()
        if stop_engine:
            engine.connect().stop()
