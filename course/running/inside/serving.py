"""The kernel in the sandbox: ipykernel, with limits, and with a bound on what a cell prints."""

import sys
from collections.abc import Sequence
from typing import Any

from . import process_limits

MOST_PRINTED = 200_000


def start(connection_file: str, sockets: Sequence[int] = ()) -> None:
    """Be a kernel until the grader ends it, at sockets that were opened for it where it has any."""
    process_limits.apply()
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class App(IPKernelApp):
        def init_heartbeat(self) -> None:
            """Nobody listens to it."""

        def _try_bind_socket(self, s: Any, port: int) -> Any:
            if sockets:
                s.setsockopt(zmq.USE_FD, sockets[port - 1])
            return super()._try_bind_socket(s, port)

    app = App.instance()
    options = ["--log-level=50", "--HistoryManager.enabled=False", "--no-stderr", "--no-stdout"]
    app.initialize(["-f", connection_file, *options])
    shell: Any = app.shell
    shell.ask_exit = lambda: None  # what stands behind a cell with quit() is run, too
    _bound_what_is_printed(app)
    app.start()


def _bound_what_is_printed(app: Any) -> None:
    """Honest mistakes print a lot, too; who goes round this is stopped from outside."""
    from ipykernel.iostream import OutStream

    whole, printed = OutStream.write, {"size": 0}

    def write(self: Any, string: str, *rest: Any) -> int:
        room = max(MOST_PRINTED - printed["size"], 0)
        printed["size"] += len(string)
        whole(self, string[:room], *rest)
        return len(string)

    OutStream.write = write  # type: ignore[method-assign]
    app.shell.events.register("pre_execute", lambda: printed.update(size=0))


if __name__ == "__main__":
    start(sys.argv[1], [int(word) for word in sys.argv[2:]])
