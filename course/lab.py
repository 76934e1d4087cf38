"""Start JupyterLab on a lesson, and say where it is."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from course.jupyterlab import FOLDER
from course.project import Project

FIRST_PORT = 8888


def start_lab(
    project: Project, lesson: str, options: Sequence[str], announce: Callable[[str], None]
) -> int:
    """Run JupyterLab until it is stopped; return its exit code.

    lesson    the notebook that it opens
    options   passed on to `jupyter lab`, such as --no-browser; --port=N chooses the port
    announce  is called with the address as soon as the server answers
    """
    notebook = f"notebooks/{lesson}.ipynb"
    given = [option.partition("=")[2] for option in options if option.startswith("--port=")]
    port = int(given[-1]) if given else _free_port()
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_urlsafe(24)
    address = f"http://localhost:{port}/lab/tree/{notebook}?token={token}"
    command = [sys.executable, "-m", "jupyterlab", notebook, f"--ServerApp.root_dir={project.root}"]
    command += ["--ServerApp.ip=localhost", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [option for option in options if not option.startswith("--port=")]
    command += [*_quiet(), *_terminal(), "--custom-css"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container everybody is root
    server = subprocess.Popen(command, cwd=project.root, env=_environment(token))
    threading.Thread(target=_announce, args=(server, port, address, announce), daemon=True).start()
    return _wait(server)


def _quiet() -> list[str]:
    """So that our address is what is seen: no warnings, and no question after Ctrl-C.

    A kernel warns of eavesdroppers unless it is spoken to in cipher, which newer versions can do.
    """
    encrypted = "--KernelManager.transport_encryption=auto"
    return ["--Application.log_level=ERROR", "--ServerApp.answer_yes=True", encrypted]


def _terminal() -> list[str]:
    """Terminals whose shell is no login shell, which would forget where our commands are."""
    if os.name == "nt":
        return []
    shell = os.environ.get("SHELL") or shutil.which("sh") or "sh"
    return [f"--ServerApp.terminado_settings={{'shell_command': [{shell!r}]}}"]


def _wait(server: subprocess.Popen) -> int:
    """Wait until the server has ended; take it along when this process is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:  # the terminal has sent it to the server as well
                continue
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait()


def _environment(token: str) -> dict[str, str]:
    """The token out of sight of other users, our commands in terminals, our settings and hints."""
    given = {"PATH": str(Path(sys.executable).parent), "JUPYTER_CONFIG_PATH": str(FOLDER)}
    before = {name: os.environ[name] for name in given if os.environ.get(name)}
    paths = {n: os.pathsep.join([p, *filter(None, [before.get(n)])]) for n, p in given.items()}
    startup = os.environ.get("PYTHONSTARTUP") or str(FOLDER / "startup.py")
    return os.environ | {"JUPYTER_TOKEN": token, "PYTHONSTARTUP": startup} | paths


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            try:
                probe.bind(("localhost", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {FIRST_PORT} to {FIRST_PORT + 99}")


def _announce(
    server: subprocess.Popen, port: int, address: str, announce: Callable[[str], None]
) -> None:
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/api", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            announce(address)
            return
