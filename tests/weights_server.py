"""A small web server on loopback that hands out weights files well or badly, as a test
tells it."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Server:
    """files: path -> content. cuts: after how many bytes the next answers break off,
    one taken by each. hang_after: bytes after which nothing comes any more. pause:
    seconds between pieces. asked: (path, Range) of every request so far."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    lengths: bool = True
    status: int = 200
    cuts: list[int] = field(default_factory=list)
    hang_after: int | None = None
    pause: float = 0.0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One GET."""
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        body = self.files.get(request.path)
        if body is None or self.status != 200:
            request.send_error(404 if body is None else self.status)
            return
        start = 0
        match = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        if match and self.ranges \
                and request.headers.get("If-Range") in (None, self.etag, self.modified):
            start = int(match[1])
        if start >= len(body):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        for name, value in (("ETag", self.etag), ("Last-Modified", self.modified)):
            if value:
                request.send_header(name, value)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if self.lengths:
            request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        self._send(request, body[start:])

    def _send(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        stop = self.cuts.pop(0) if self.cuts else len(body)
        for begin in range(0, min(stop, len(body)), 65536):
            if self.hang_after is not None and begin >= self.hang_after:
                self.closing.wait(30)
                return
            request.wfile.write(body[begin:min(begin + 65536, stop)])
            time.sleep(self.pause)


@contextmanager
def serving(**options: Any) -> Iterator[Server]:
    """A server in a thread of its own for the length of a test."""
    server = Server(**options)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has gone
                server.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05},
                              daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        http.server_close()
        thread.join()
