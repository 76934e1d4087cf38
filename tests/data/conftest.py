"""A server on this machine that hands out the files of a folder."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        """Say nothing."""

    def do_GET(self):
        self.server.asked.append(self.path)
        super().do_GET()


@pytest.fixture
def server(tmp_path, monkeypatch):
    """`folder` to put files into, the `url` that serves them, and the paths `asked` for so far."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as http:
        http.asked = []
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{http.server_port}"
        yield SimpleNamespace(folder=folder, url=url, asked=http.asked)
        http.shutdown()
        thread.join()


@pytest.fixture
def no_network(monkeypatch):
    """A url at which nobody answers."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        port = http.server_port
    return f"http://127.0.0.1:{port}"
