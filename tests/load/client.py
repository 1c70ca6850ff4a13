"""A browser without a screen: Streamlit's WebSocket protocol, as far as one person's
clicks need it.

Owns one session: what it has been shown (the newest element of each place), its
address, its self-renewing fragments, and how long each request took until its script
had finished. Everything received is kept as the set of marks in it.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

FINISHED = ForwardMsg.FINISHED_SUCCESSFULLY
FRAGMENT_FINISHED = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
MARKS = re.compile(rb"\d{8}-\d{6}-[0-9a-f]{6}|mark[0-9a-f]{12}|p-[0-9a-f]{24}\.[0-9a-f]{32}")
"""Ids of data sets and runs, the marks in names, and the keys of workspaces."""


class Session:
    """One tab. seen: the marks that the server has ever sent to it. fragments: seconds
    that each renewal took."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.query = ""
        self.page = ""
        self.pages: dict[str, str] = {}
        self.elements: dict[str, Any] = {}
        self.seen: set[bytes] = set()
        self.fragments: list[float] = []
        self._fresh: dict[str, Any] = {}
        self._values: dict[str, WidgetState] = {}
        self._timers: dict[str, asyncio.Task] = {}
        self._asked: dict[str, float] = {}
        self._finished = asyncio.Event()
        self._changed = asyncio.Condition()
        self.closed: str | None = None

    async def __aenter__(self) -> "Session":
        self._socket = await connect(f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
                                     subprotocols=["streamlit"], max_size=None, open_timeout=60,
                                     ping_interval=None)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in [*self._timers.values(), self._reader]:
            task.cancel()
        await self._socket.close()

    async def run(self, *, page: str | None = None, click: str | None = None, timeout: float = 60,
                  **values: Any) -> float:
        """Go to a page, or set widgets (by key, "_" for "-") and click; wait until the
        script has finished. Seconds."""
        if page is not None:
            # as a browser does on the navigation's links
            self.page, self.query = self.pages.get(page, ""), ""
            self._values.clear()
        for key, value in values.items():
            self._set(key.replace("_", "-"), value)
        self._finished.clear()
        begun = time.perf_counter()
        await self._send(click=click)
        await asyncio.wait_for(self._finished.wait(), timeout)
        return time.perf_counter() - begun

    async def until(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Wait until the page, which renews itself, shows something; whether it came.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(holds)
            return True
        return False

    def has(self, key: str) -> bool:
        """Whether a widget with this key is shown."""
        return self._widget(key) is not None

    def says(self, words: str) -> bool:
        """Whether any element shows these words."""
        return any(words in str(element) for element in self.elements.values())

    def media(self) -> list[str]:
        """Addresses of the pictures that are shown."""
        return [
            image.url for element in self.elements.values() if element.HasField("imgs")
            for image in element.imgs.imgs
        ]

    def _widget(self, key: str) -> Any:
        for element in self.elements.values():
            kind = element.WhichOneof("type")
            widget_id = getattr(getattr(element, kind), "id", "") if kind else ""
            if widget_id.startswith("$$ID-") and widget_id.split("-", 2)[2] == key:
                return kind, widget_id
        return None

    def _set(self, key: str, value: Any) -> None:
        found = self._widget(key)
        if found is None:
            raise LookupError(f"no widget {key}")
        kind, widget_id = found
        state = WidgetState(id=widget_id)
        if kind == "button_group":
            state.string_array_value.data.append(value)
        elif kind == "text_input":
            state.string_value = value
        else:
            state.double_value = value
        self._values[widget_id] = state

    async def _send(self, click: str | None = None, fragment: str = "") -> None:
        message = BackMsg()
        script = message.rerun_script
        script.query_string, script.page_script_hash = self.query, self.page
        script.fragment_id = fragment
        script.is_auto_rerun = bool(fragment)
        script.context_info.url = self.url
        script.widget_states.widgets.extend(self._values.values())
        if click:
            found = self._widget(click)
            if found is None:
                raise LookupError(f"no button {click}")
            script.widget_states.widgets.append(WidgetState(id=found[1], trigger_value=True))
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        try:
            async for data in self._socket:
                self.seen.update(MARKS.findall(data))
                message = ForwardMsg()
                message.ParseFromString(data)
                self._take(message)
                async with self._changed:
                    self._changed.notify_all()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.closed = repr(error)
        self.closed = self.closed or "the server closed the connection"

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        fragment = list(message.metadata.run.fragment_ids)
        if kind == "new_session" and not fragment:
            self._fresh = {}
            self._stop_timers()
            self.page = message.new_session.page_script_hash
        elif kind == "delta" and message.delta.HasField("new_element"):
            place = ",".join(map(str, message.metadata.delta_path))
            self._fresh[place] = self.elements[place] = message.delta.new_element
        elif kind == "navigation":
            self.pages = {
                page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
            }
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            name = message.auto_rerun.fragment_id
            if name not in self._timers:
                self._timers[name] = asyncio.create_task(
                    self._renew(name, message.auto_rerun.interval))
        elif kind == "script_finished" and message.script_finished == FINISHED:
            self.elements = dict(self._fresh)
            self._finished.set()
        elif kind == "script_finished" and message.script_finished == FRAGMENT_FINISHED:
            for name in fragment:
                if name in self._asked:
                    self.fragments.append(time.perf_counter() - self._asked.pop(name))

    async def _renew(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            self._asked.setdefault(fragment, time.perf_counter())
            with contextlib.suppress(Exception):
                await self._send(fragment=fragment)

    def _stop_timers(self) -> None:
        for task in self._timers.values():
            task.cancel()
        self._timers.clear()
        self._asked.clear()
