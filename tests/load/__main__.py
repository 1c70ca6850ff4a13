"""A class on one server: `python -m tests.load --people 30 --minutes 10`; exit code 1
when a target is missed.

Every simulated person is a real WebSocket session against a real `python -m tltools
serve` with a home folder of its own: joins, has pictures drawn, changes settings,
trains, looks at the results, and tries to get at what the others have. What is
measured: the time from a click to the end of its script, how many runs train at once,
whether anything of another person's was ever sent, and the page process's memory and
the number of processes before and after.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.load.client import Session
from tltools.settings import Home

ROOT = Path(__file__).parents[2]
REACTION_P95, GROWTH_MB = 1.0, 60
SESSION_TTL = 60  # seconds after which Streamlit drops a closed tab (.streamlit/config.toml)


@dataclass
class Seen:
    """What all people together have lived through. reactions: (what, seconds)."""

    reactions: list[tuple[str, float]] = field(default_factory=list)
    fragments: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    most_at_once: int = 0
    most_of_one: int = 0
    samples: int = 0
    runs: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)


class Person:
    """One simulated person. pace: seconds to think between two clicks (shortest,
    longest)."""

    def __init__(self, url: str, number: int, seen: Seen, pace: tuple[float, float],
                 rounds: int = 1000) -> None:
        self.url, self.seen, self.pace = url, seen, pace
        self.mark = f"mark{secrets.token_hex(6)}"
        self.name = f"Person {number} {self.mark}"
        self.random = random.Random(number)
        self.rounds = rounds

    async def do(self, what: str, **arguments: object) -> None:
        """One click, measured, and some thinking."""
        try:
            self.seen.reactions.append((what, await self.tab.run(**arguments)))
        except (TimeoutError, LookupError) as error:
            self.seen.faults.append(
                f"{what}: {type(error).__name__} {error} {self.tab.closed or ''}")
        if self.tab.says("Something went wrong here") or any(
                item.HasField("exception") for item in self.tab.elements.values()):
            self.seen.faults.append(f"{what}: a fault was shown")
        await asyncio.sleep(self.random.uniform(*self.pace))

    async def live(self, until: float) -> None:
        """Join, then work until the time is over; closes the tab at the end."""
        await asyncio.to_thread(lambda: urllib.request.urlopen(self.url, timeout=60).read())
        async with Session(self.url) as tab:
            self.tab = tab
            self.seen.sessions[self.mark] = tab
            await self.do("first page")
            await self.do("join", click="go-make", w_join_name=self.name)
            await self._draw()
            while time.monotonic() < until and not tab.closed and self.rounds:
                await self._round(until)
                self.rounds -= 1
            if tab.closed:
                self.seen.faults.append(f"session: {tab.closed}")
            self.seen.fragments += tab.fragments

    async def _draw(self) -> None:
        tab = self.tab
        await self.do("page data", page="data")
        await self.do("choose source", w_source="Draw some")
        await self.do("how many", w_per_class=10)
        await self.do("draw", click="go-draw")
        if not await tab.until(lambda: tab.has("next-model"), 120):
            self.seen.faults.append("draw: the pictures did not come")
        for url in tab.media()[:12]:
            await asyncio.to_thread(
                lambda url=url: urllib.request.urlopen(self.url + url, timeout=60).read())

    async def _round(self, until: float) -> None:
        tab = self.tab
        await self.do("page model", page="model")
        await self.do("a setting", w_dropout=self.random.choice([0.1, 0.2, 0.3]))
        await self.do("page train", page="train")
        if tab.has("another"):  # a run of the last round is shown
            await self.do("another run", click="another")
        if tab.has("start"):
            await self.do("settings", w_epochs=self.random.randint(2, 6))
            await self.do("start", click="start",
                          w_run_name=f"{self.mark} {self.random.randint(1, 99)}")
            self.seen.runs += 1
        await self.do("page home", page="")
        await self.do("page runs", page="runs")
        await self.do("page train", page="train")
        await tab.until(lambda: tab.has("next-classify") or tab.has("start"),
                        max(1.0, min(240, until - time.monotonic())))
        await self.do("page classify", page="classify")
        await self.do("page data", page="data")


async def attack(url: str, home: Home, people: list[Person]) -> list[str]:
    """What somebody who changes the address by hand gets to see of the others: nothing,
    else the words say what."""
    found = []
    victims = {
        path.parent.name: json.loads(path.read_text())
        for path in home.path.glob("workspaces/p-*/person.json")
    }
    runs = sorted(home.path.glob("workspaces/p-*/runs/2*"))
    async with Session(url) as tab:
        await tab.run()
        await tab.run(click="go-make", w_join_name="Mallory")
        own = tab.query
        for path in runs[:: max(1, len(runs) // 10)]:
            for page in ("train", "classify", "runs"):
                tab.page, tab.query = tab.pages[page], f"{own}&run={path.name}"
                tab._values.clear()
                tab.seen.clear()
                await tab.run()
                own_key = own.partition("w=")[2].encode()
                # the id comes back in the address that was asked for
                if tab.seen - {path.name.encode(), own_key}:
                    found.append(f"?run= on {page} shows another's run")
    for name in list(victims)[:5]:
        for query in (f"w={name}", f"w={name}.", f"w={name}.{'0' * 32}",
                      f"w=../workspaces/{name}.x", f"w={name}.{name}"):
            async with Session(url) as tab:
                tab.query = query
                await tab.run()
                if not tab.has("go-make") and not tab.has("FormSubmitter:join-Make my workspace"):
                    found.append(f"{query[:12]}... opens a workspace")
    marks = {person.mark.encode(): person for person in people}
    for mark, person in marks.items():
        workspace = next(name for name, record in victims.items() if person.mark in record["name"])
        theirs = {path.name.encode()
                  for path in home.path.glob(f"workspaces/{workspace}/*/2*")} | {mark}
        theirs.add(f"{workspace}.{victims[workspace]['key']}".encode())
        for other in people:
            if other is not person and (shown := theirs & person_seen(other)):
                found.append(
                    f"{other.name[:10]} was sent {len(shown)} things of {person.name[:10]}")
    return found


def person_seen(person: Person) -> set[bytes]:
    """The marks that the server has sent to a person."""
    return person.seen.sessions[person.mark].seen if person.mark in person.seen.sessions else set()


async def count_running(home: Home, seen: Seen) -> None:
    """Watches the run folders: how many train at the same moment, in all and of one
    person."""
    begun = time.monotonic()
    while True:
        running = []
        for path in home.path.glob("workspaces/*/runs/2*/status.json"):
            with contextlib.suppress(OSError, ValueError):
                if json.loads(path.read_text())["state"] == "running":
                    running.append(path.parents[2].name)
        seen.most_at_once = max(seen.most_at_once, len(running))
        seen.most_of_one = max([seen.most_of_one, *Counter(running).values()])
        seen.samples += 1
        if seen.samples % 120 == 0:
            everything = [seconds for _, seconds in seen.reactions]
            print(
                f"after {time.monotonic() - begun:.0f} s: {len(everything)} clicks, p50 "
                f"{p95(everything, 0.5):.2f} s, p95 {p95(everything):.2f} s, {seen.runs} runs "
                f"queued, {len(seen.faults)} faults",
                flush=True)
        await asyncio.sleep(0.5)


def processes(server: psutil.Process, home: Home) -> tuple[psutil.Process, int]:
    """The page process, and how many processes the app has in all, the engine's too."""
    page = server.children()[0]
    engine = psutil.Process(json.loads((home.engine / "engine.json").read_text())["pid"])
    return page, (1 + len(server.children(recursive=True))
                  + len({engine, *engine.children(recursive=True)}
                        - set(server.children(recursive=True))))


async def lesson(options: argparse.Namespace, url: str, home: Home, server: psutil.Process) -> bool:
    """The whole measurement; whether all targets are met."""
    seen, pace = Seen(), (options.think / 2, options.think * 1.5)
    # every page once, so that imports and first uses count for nobody
    warm = Person(url, 0, Seen(), (0.2, 0.3), rounds=1)
    await warm.live(time.monotonic() + 60)
    await asyncio.sleep(5)
    page, before = processes(server, home)
    memory = page.memory_info().rss
    busy, cpu = page.cpu_times(), time.monotonic()
    watcher = asyncio.create_task(count_running(home, seen))
    until = time.monotonic() + options.minutes * 60
    people = [Person(url, number, seen, pace) for number in range(1, options.people + 1)]

    async def arrive(number: int, person: Person) -> None:
        # in the first tenth of the time
        await asyncio.sleep(number * min(1.0, options.minutes * 6 / options.people))
        await person.live(until)

    results = await asyncio.gather(*(arrive(*row) for row in enumerate(people)),
                                   return_exceptions=True)
    seen.faults += [repr(item) for item in results if isinstance(item, BaseException)]
    peak, used = page.memory_info().rss, page.cpu_times()
    share = (used.user + used.system - busy.user - busy.system) / (time.monotonic() - cpu)
    watcher.cancel()
    leaks = await attack(url, home, people)
    print(f"waiting {SESSION_TTL + 20} s until the server has dropped the closed tabs …",
          flush=True)
    await asyncio.sleep(SESSION_TTL + 20)
    after_memory, (_, after) = page.memory_info().rss, processes(server, home)
    return report(options, seen, leaks, memory, peak, after_memory, before, after, share)


def report(options: argparse.Namespace, seen: Seen, leaks: list[str], memory: int, peak: int,
           after_memory: int, before: int, after: int, share: float) -> bool:
    """Print the tables; whether all targets are met."""
    by_kind: dict[str, list[float]] = {}
    for what, seconds in seen.reactions:
        by_kind.setdefault(what, []).append(seconds)
    print(f"\n{'click':16}{'times':>7}{'p50 s':>8}{'p95 s':>8}{'most':>8}")
    for what, values in sorted(by_kind.items()):
        print(f"{what:16}{len(values):>7}{statistics.median(values):>8.2f}{p95(values):>8.2f}"
              f"{max(values):>8.2f}")
    everything = [seconds for _, seconds in seen.reactions]
    print(f"{'self-renewing':16}{len(seen.fragments):>7}"
          f"{statistics.median(seen.fragments or [0]):>8.2f}"
          f"{p95(seen.fragments):>8.2f}{max(seen.fragments or [0]):>8.2f}")
    for fault, count in Counter(seen.faults).most_common(10):
        print(f"fault: {fault[:120]} ({count} times)")
    for leak, count in Counter(leaks).most_common(10):
        print(f"leak: {leak} ({count} times)")
    load = os.getloadavg() if hasattr(os, "getloadavg") else (0, 0, 0)
    rows = [
        ("reaction p95",
         f"{p95(everything):.2f} s of {len(everything)} clicks (p50 {p95(everything, 0.5):.2f} s)",
         f"< {REACTION_P95} s", p95(everything) < REACTION_P95 and bool(everything)),
        ("runs at once", f"{seen.most_at_once} in {seen.samples} looks, {seen.runs} runs queued",
         f"<= {options.at_once}", 0 < seen.most_at_once <= options.at_once),
        ("of one person", f"{seen.most_of_one}", "<= 1", seen.most_of_one <= 1),
        ("another's data", f"{len(leaks)} seen, {options.people} x {options.people - 1} pairs", "0",
         not leaks),
        ("faults", f"{len(seen.faults)}", "0", not seen.faults),
        ("page memory",
         f"{memory / 1e6:.0f} MB before, {peak / 1e6:.0f} with all, {after_memory / 1e6:.0f} after",
         f"<= {GROWTH_MB} MB more", after_memory - memory <= GROWTH_MB * 1e6),
        ("processes", f"{before} before, {after} after", "the same", before == after),
    ]
    print(
        f"\n{options.people} people, {options.minutes:g} minutes, {options.think:g} s to think, "
        f"{os.cpu_count()} cores; the page process used {share:.0%} of a core; load of the machine "
        f"{load[0]:.1f} {load[1]:.1f} {load[2]:.1f}")
    print(f"{'':16}{'measured':62}{'target':18}")
    for name, value, target, met in rows:
        print(f"{name:16}{value:62}{target:18}{'met' if met else 'MISSED'}")
    return all(met for *_, met in rows)


def p95(values: list[float], share: float = 0.95) -> float:
    """A percentile, by default the 95th: 5 % of the values are larger."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--think", type=float, default=4,
                        help="seconds between two clicks of a person, in the mean")
    parser.add_argument("--at-once", type=int, default=1)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="tltools-class-") as folder:
        environment = {**os.environ, "TLTOOLS_HOME": folder, "TF_CPP_MIN_LOG_LEVEL": "3"}
        with open(Path(folder) / "server.log", "w+b") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "tltools", "serve", "--address", "127.0.0.1",
                 "--port", str(port), "--at-once", str(options.at_once)],
                cwd=ROOT, env=environment, stdout=log, stderr=log)
            try:
                url = f"http://127.0.0.1:{port}"
                for _ in range(600):
                    with contextlib.suppress(OSError):
                        urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read()
                        break
                    time.sleep(0.1)
                met = asyncio.run(
                    lesson(options, url, Home(Path(folder)), psutil.Process(server.pid)))
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(60)
                log.seek(0)
                print("\n".join(line for line in log.read().decode(errors="replace").splitlines()
                                if "Error" in line or "Traceback" in line)[-2000:])
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
