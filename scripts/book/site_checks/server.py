"""在本机临时端口上提供建好的站点；压缩传输，找不到时给 404 页，与一般的静态托管相同。"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".ipynb": "application/json"}
PACKED = ("text/", "application/json", "application/xml", "image/svg+xml")


@lru_cache(maxsize=4096)
def _read(path: Path, stamp: int, packed: bool) -> bytes:
    data = path.read_bytes()
    return gzip.compress(data, 6, mtime=0) if packed else data


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    root = Path()

    def do_GET(self) -> None:
        """发出一个文件。"""
        self._send(body=True)

    def do_HEAD(self) -> None:
        """只发头。"""
        self._send(body=False)

    def _send(self, body: bool) -> None:
        path = (self.root / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
        status = 200
        if path.is_dir():
            path = path / "index.html"
        if not path.is_file() or not path.is_relative_to(self.root):
            status, path = 404, self.root / "404.html"
        kind = TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
        packed = kind.startswith(PACKED) and "gzip" in self.headers.get("Accept-Encoding", "")
        data = _read(path, path.stat().st_mtime_ns, packed) if path.is_file() else b""
        self.send_response(status)
        self.send_header("Content-Type", kind + ("; charset=utf-8" if kind.startswith("text/") else ""))
        self.send_header("Content-Length", str(len(data)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """不打印。"""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """浏览器中途断开是常事。"""


@contextmanager
def serve(root: Path) -> Iterator[str]:
    """提供 ``root``，给出以 / 结尾的地址。"""
    handler = type("Handler", (_Handler,), {"root": root.resolve()})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
