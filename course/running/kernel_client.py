"""A kernel of nbval's kind that runs in a room, and that is never waited for in vain."""

import contextlib
import os
import time
from collections import deque
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import channel_socket_types
from nbval.kernel import RunningKernel

from course.running.inside.trial import MIME
from course.running.inside.wire import printable
from course.running.results import CRASHED, FLOODED, TIMED_OUT
from course.running.room import Room

POLL_SECONDS = 0.1
GRACE_SECONDS = 2.0
MOST_QUEUED = 50
MOST_RESIDENT = 200 * 2**20
"""By how many bytes this process may grow while it waits for a kernel, where the system tells."""
START_SECONDS = 60


def _resident() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class KernelStopped(RuntimeError):  # noqa: N818 - it is said of a kernel, not of the grader
    """The kernel is gone or has to go; `why` and the state say how that is put to people."""

    def __init__(self, why: str, state: str) -> None:
        super().__init__(why)
        self.why, self.state = why, state


class _Client(BlockingKernelClient):
    """A client whose sockets refuse messages that are too long, and hold only a few."""

    most_bytes = 64 * 2**20

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> Any:
        """As jupyter_client's, with bounds: they hold only if they are set before connecting."""
        socket = self.context.socket(channel_socket_types[channel])
        socket.setsockopt(zmq.MAXMSGSIZE, self.most_bytes)
        socket.setsockopt(zmq.RCVHWM, MOST_QUEUED)
        socket.linger = 0
        if identity:
            socket.identity = identity
        socket.connect(self._make_url(channel))
        return socket


class GuardedKernel(RunningKernel):
    """A kernel in a room, that raises KernelStopped as soon as it is dead.

    Only what is asked for is kept of what it says: the state of a cell, its error, the result of a
    trial, and the first of what it prints.
    """

    def __init__(self, room: Room) -> None:
        # nbval's own would start a kernel by a kernelspec
        self.limits = room.limits
        self.waiting: deque[dict] = deque()
        self.received = self.trials = 0
        self.resident = _resident()
        self.deadline = time.monotonic() + START_SECONDS
        self.process = room.start()
        try:
            self._connect()
        except BaseException:
            self.stop()
            raise

    def _connect(self) -> None:
        client = _Client()
        client.most_bytes = self.limits.message
        connection: Any = self.process.connection
        info = connection | {"key": connection["key"].encode()}
        client.load_connection_info(info)
        client.start_channels(stdin=False, hb=False)
        self.kc = client
        while True:
            asked = client.kernel_info()
            with contextlib.suppress(Empty):
                self.await_reply(asked, timeout=5)
                self.await_idle(asked, 0.1)
                return

    def begin_cell(self, seconds: float) -> None:
        """From here on, everything must be over after so many seconds."""
        self.received = self.trials = 0
        self.resident = _resident()
        self.waiting.clear()
        self.deadline = time.monotonic() + seconds + GRACE_SECONDS

    def execute_with(self, source: str, sent: str) -> str:
        """Run a line to which something long is sent; returns the message's id.

        It stands beside the code in the message. IPython would read code of 2 MB several times over
        before it runs it, and send it back.
        """
        content = {"code": source, "silent": False, "store_history": False, "sent": sent}
        content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
        message = self.kc.session.msg("execute_request", content)
        self.kc.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        """As nbval's, but it ends when the kernel does, and reads both channels at once."""
        until = time.monotonic() + (timeout if timeout is not None else self.limits.cpu_seconds)
        while True:
            if stream == "iopub" and self.waiting:
                return self.waiting.popleft()
            self.require_health()
            message = self._read_iopub()
            if stream == "shell":
                reply = self._read("shell", 0 if message else POLL_SECONDS)
                if reply is not None:
                    return reply
            elif message is None:
                self._wait("iopub", POLL_SECONDS)
            if time.monotonic() > until:
                raise Empty

    def require_health(self) -> None:
        """Raise KernelStopped if it is gone, or does what it may not."""
        code = self.process.poll()
        if code is not None:
            raise KernelStopped(_end(code), CRASHED)
        if time.monotonic() > self.deadline:
            raise KernelStopped("it did not end, not even when interrupted", TIMED_OUT)
        is_filling = _resident() - self.resident > MOST_RESIDENT  # by one message of many frames
        if is_filling or self.received > self.limits.output or self.trials > 1:
            raise KernelStopped("it sent more than may be sent", FLOODED)

    def _read_iopub(self) -> dict | None:
        message = self._read("iopub", 0)
        if message is not None:
            self.received += message.pop("size")
            self.trials += MIME in message["content"]["data"]
            if len(self.waiting) < 1000 or message["msg_type"] in ("status", "error"):
                self.waiting.append(message)
        return message

    def _wait(self, channel: str, seconds: float) -> bool:
        socket = getattr(self.kc, f"{channel}_channel").socket
        return bool(socket.poll(int(seconds * 1000)))

    def _read(self, channel: str, seconds: float) -> dict | None:
        if not self._wait(channel, seconds):
            return None
        try:
            message = getattr(self.kc, f"get_{channel}_msg")(timeout=0.1)
            checked = {"msg_type": str(message["msg_type"]), "content": message["content"]}
            parent = message["parent_header"]
            if not isinstance(checked["content"], dict) or not isinstance(parent, dict):
                raise TypeError("no message")
            if channel == "shell":
                return {"content": {"status": "ok"}, "parent_header": parent}  # all that is asked
            return _shortened(checked | {"parent_header": parent})
        except Empty:
            return None
        except Exception as error:  # whatever a kernel may send that is no message
            raise KernelStopped("it sent something that is no message", CRASHED) from error

    def interrupt(self) -> None:
        """Ask for a KeyboardInterrupt by message: signals do not reach into the sandbox."""
        request = self.kc.session.msg("interrupt_request", {})
        with contextlib.suppress(zmq.ZMQError):
            self.kc.control_channel.send(request)

    def is_alive(self) -> bool:
        """Always; where it is not, it is said why. Raises KernelStopped."""
        self.require_health()
        return True

    def stop(self) -> None:
        """End the kernel and all that it has started, and remove what it leaves."""
        if hasattr(self, "kc"):
            self.kc.stop_channels()
        self.process.end()


_LARGE = ("data", MIME)


def _shortened(message: dict) -> dict:
    """A message without what nobody asks for, such as pictures, and its size.

    The result of a trial does not count: its size is bounded by that of a message, and a cell has
    one.
    """
    content, data = message["content"], message["content"].get("data")
    data = data if isinstance(data, dict) else {}
    size = sum(len(str(v)) for k, v in [*content.items(), *data.items()] if k not in _LARGE)
    kept = {key: content.get(key) for key in ("execution_state", "execution_count", "metadata")}
    kept |= {key: _words(content.get(key, ""))[:10_000] for key in ("name", "text")}
    kept["data"] = {MIME: data[MIME]} if MIME in data else {}
    if message["msg_type"] == "error":
        kept |= _error(content)
    return message | {"content": kept, "size": size + 100}


def _error(content: dict) -> dict:
    lines = content.get("traceback")
    lines = [_words(line)[:2000] for line in lines[-30:]] if isinstance(lines, list) else []
    name, value = _words(content.get("ename", ""))[:80], _words(content.get("evalue", ""))[:1000]
    return {"ename": name, "evalue": value, "traceback": lines}


def _words(value: object) -> str:
    return printable(str(value))


def _end(code: int) -> str:
    signals = {9: "killed, perhaps for want of memory", 11: "a segmentation fault"}
    signals |= {6: "aborted", 24: "out of processor time", 25: "a file too large"}
    number = -code if code < 0 else code - 128
    if number in signals:
        return f"the kernel ended: {signals[number]}"
    return f"the kernel ended with exit code {code}"
