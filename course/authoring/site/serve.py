"""Show the built site on this machine, under the same path as where it is published."""

import gzip
import io
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from course.authoring.site.address import read_address
from course.project import CourseError, Project

NOT_FOUND = "404.html"
COMPRESSED = {".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt"}
"""Files that travel compressed, as they do from GitHub Pages."""


class SiteHandler(SimpleHTTPRequestHandler):
    """Files of a folder under a prefix, and the site's own page for what is not there."""

    def __init__(self, *args: object, prefix: str, **options: object) -> None:
        self.prefix = prefix
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def send_head(self) -> Any:
        """Find the file; send whoever asks for something outside the prefix to the front page."""
        if not self.path.startswith(self.prefix):
            self.send_response(302)
            self.send_header("Location", self.prefix)
            self.end_headers()
            return None
        self.path = "/" + self.path.removeprefix(self.prefix)
        file = Path(self.translate_path(self.path))
        if file.is_dir() and self.path.partition("?")[0].endswith("/"):
            file = file / "index.html"
        wants_less = "gzip" in self.headers.get("Accept-Encoding", "")
        if wants_less and file.suffix in COMPRESSED and file.is_file():
            return self._compressed(file)
        return super().send_head()

    def _compressed(self, file: Path) -> io.BytesIO:
        content = gzip.compress(file.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's 404 page for a missing file."""
        page = Path(self.directory) / NOT_FOUND
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


def server(folder: Path, prefix: str, port: int = 0) -> ThreadingHTTPServer:
    """A server for this machine alone; port 0 takes any that is free."""
    handler = partial(SiteHandler, prefix=prefix, directory=str(folder))
    return ThreadingHTTPServer(("localhost", port), handler)


def serve_site(project: Project, folder: Path, port: int, announce: Callable[[str], None]) -> None:
    """Serve the built site until Ctrl-C; announce is called with its address.

    Raises CourseError when the port is taken.
    """
    prefix = read_address(project.root / "site" / "address.toml").prefix
    try:
        running = server(folder, prefix, port)
    except OSError as error:
        raise CourseError(f"Port {port} is taken. Choose another: --port={port + 1}") from error
    announce(f"http://localhost:{running.server_address[1]}{prefix}")
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        running.server_close()
