"""Submissions that mean harm or are broken: what stands in the answer cell of pad2d, lesson 02."""

RIGHT = {
    "output_size": """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
""",
    "pad2d": """
def pad2d(x, padding):
    widths = [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2
    return np.pad(x, widths)
""",
    "correlate2d_strided": """
def correlate2d_strided(x, w, b=0.0, stride=1, padding=0):
    xpad = pad2d(x, padding)
    oh = output_size(x.shape[0], w.shape[0], stride, padding)
    ow = output_size(x.shape[1], w.shape[1], stride, padding)
    y = np.zeros((oh, ow), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            window = xpad[top : top + w.shape[0], left : left + w.shape[1]]
            y[i, j] = np.sum(window * w) + b
    return y
""",
}

_IN_A_CALL = """
def pad2d(x, padding):
    {body}
    return x[:0]
"""


def _call(body):
    return _IN_A_CALL.format(body="\n    ".join(body.strip().splitlines()))


_ANSWERED = """
import course_inside.trial as trial
honest = trial.try_cases
def fake(name, token):
    import base64, json, os, pickle
    if name != "pad2d":
        return honest(name, token)
    n = len(json.loads(get_ipython().get_parent()["content"]["sent"])["cases"])
    {body}
    reply = {{"token": token, "found": "answer", "outcomes": outcomes, "points": 99}}
    get_ipython().display_pub.publish({{trial.MIME: reply}})
trial.try_cases = fake
def pad2d(x, padding):
    return 0
"""


def _answered(body):
    """The trials answered without the answer: for n cases with the outcomes that the body makes."""
    return _ANSWERED.format(body="\n    ".join(body.strip().splitlines()))


# By name: the answer cell, and the states that are right for it.
ATTACKS = {
    "endless loop": (_call("while True: pass"), {"timed out"}),
    "endless loop at the top of the cell": ("while True: pass", {"no answer"}),
    "loop that swallows every exception": (
        _call("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
        {"timed out"},
    ),
    "os._exit": (_call("import os; os._exit(0)"), {"crashed", "held"}),
    "os._exit at the top": ("import os; os._exit(3)\n" + RIGHT["pad2d"], {"crashed", "held"}),
    "sys.exit": (_call("import sys; sys.exit(0)"), {"wrong", "held"}),
    "raise SystemExit": (_call("raise SystemExit(0)"), {"wrong"}),
    "quit": ("quit()\n" + _call("quit()"), {"wrong"}),
    "segmentation fault": (_call("import ctypes; ctypes.string_at(0)"), {"crashed", "held"}),
    "kill -9 of itself": (
        _call("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        {"crashed", "held"},
    ),
    "kill of everything": (
        _call("import os, signal; os.kill(-1, signal.SIGKILL)"),
        {"crashed", "held", "wrong"},
    ),
    "20 GB at once": (_call("x = np.ones(20 * 2**30 // 8)"), {"wrong", "crashed"}),
    "20 GB bit by bit": (
        _call("kept = []\nwhile True: kept.append(bytearray(2**26))"),
        {"wrong", "crashed", "timed out"},
    ),
    "fork bomb": (
        _call("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
        {"timed out", "crashed", "held", "too much output"},
    ),
    "thread bomb": (
        _call(
            "import threading, time\nwhile True:\n"
            "    threading.Thread(target=time.sleep, args=(99,)).start()"
        ),
        {"wrong", "held", "crashed", "timed out"},
    ),
    "daemon that stays": (
        _call(
            "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
            "        time.sleep(600)\n    os._exit(0)"
        ),
        {"wrong", "held", "crashed"},
    ),
    "100 MB of output": (
        _call("print('a' * 10**8)"),
        {"wrong", "too much output", "timed out"},
    ),
    "100 MB of lines": (_call("for k in range(10**7): print('aaaaaaaaa')"), {"wrong", "timed out"}),
    "output past the bound": (
        _call(
            "from ipykernel.iostream import OutStream\n"
            "import sys, os\nos.write(1, b'a' * 10**7)\n"
            "shell = get_ipython()\n"
            "while True: shell.display_pub.publish({'text/plain': 'a' * 10**6})"
        ),
        {"too much output", "held"},
    ),
    "message of 200 MB": (
        _call("get_ipython().display_pub.publish({'text/plain': 'a' * (2 * 10**8)})"),
        {"timed out", "too much output", "crashed", "wrong"},
    ),
    "input()": (_call("input('name?')"), {"wrong", "held"}),
    "breakpoint()": (_call("breakpoint()"), {"wrong", "held", "timed out"}),
    "zeros": ("def pad2d(x, padding):\n    return np.zeros_like(x)", {"wrong"}),
    "the argument": ("def pad2d(x, padding):\n    return x", {"wrong"}),
    "None": ("def pad2d(x, padding):\n    pass", {"wrong"}),
    "an array of objects": (
        "def pad2d(x, padding):\n    return np.array([object()] * 3, dtype=object)",
        {"wrong"},
    ),
    "a huge shape": (
        "def pad2d(x, padding):\n    return np.broadcast_to(np.zeros(()), (10**6, 10**6))",
        {"wrong"},
    ),
    "an object that equals everything": (
        """
class Same:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, *a, **k): return np.zeros(())
    def __getattr__(self, name): return self
    def __call__(self, *a): return self
    __hash__ = None
def pad2d(x, padding):
    return Same()
""",
        {"wrong"},
    ),
    "a subclass of ndarray that equals everything": (
        """
class Same(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __sub__(self, other): return np.zeros(self.shape)
    def __array_function__(self, *a): return True
def pad2d(x, padding):
    return np.zeros((3, 3)).view(Same)
""",
        {"wrong"},
    ),
    "numpy patched": (
        """
import numpy
numpy.allclose = numpy.array_equal = numpy.array_equiv = lambda *a, **k: True
numpy.isclose = lambda a, b, *r, **k: numpy.ones_like(a, bool)
def pad2d(x, padding):
    return numpy.zeros(1)
""",
        {"wrong", "held"},
    ),
    "numpy.testing patched": (
        """
import numpy, numpy.testing
for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *a, **k: None)
def pad2d(x, padding):
    return numpy.zeros(1)
""",
        {"wrong", "held"},
    ),
    "numpy.random patched": (
        """
import numpy
class Same:
    def __init__(self, *a): pass
    def __getattr__(self, name): return lambda *a, **k: numpy.zeros(1)
numpy.random.default_rng = numpy.random.Generator = Same
numpy.random.seed = numpy.random.rand = numpy.random.randn = Same
def pad2d(x, padding):
    return numpy.zeros(1)
""",
        {"wrong", "held"},
    ),
    "builtins.print patched": (
        """
import builtins
builtins.print = lambda *a, **k: None
def pad2d(x, padding):
    return np.zeros(1)
""",
        {"wrong", "held"},
    ),
    "builtins patched": (
        """
import builtins
builtins.isinstance = builtins.all = builtins.any = lambda *a, **k: True
builtins.AssertionError = type("Quiet", (Exception,), {})
def pad2d(x, padding):
    return np.zeros(1)
""",
        {"wrong", "held", "crashed", "timed out", "no answer"},
    ),
    "the check patched": (
        """
import course.checks
from course.checks import check
check.pad2d = lambda *a: None
course.checks.check = check
import course_inside.trial as trial
trial.try_cases = lambda *a: None
def pad2d(x, padding):
    return 0
""",
        {"crashed", "held", "wrong"},
    ),
    "the trials answered without the answer": (
        _answered("""
value = {"kind": "plain", "value": True}
outcomes = [{"value": value, "right": True, "verdict": "right"}] * n
"""),
        {"wrong", "held"},
    ),
    "a malicious pickle in the reply": (
        _answered("""
class Evil:
    def __reduce__(self): return os.system, ("touch /evil-was-here /var/lock/evil-was-here",)
text = base64.b64encode(pickle.dumps(Evil())).decode()
outcomes = [{"value": {"kind": "array", "dtype": "object", "shape": [1], "data": text}}] * n
"""),
        {"wrong", "held", "crashed"},
    ),
    "a dtype of objects in the reply": (
        _answered("""
text = base64.b64encode(id(trial).to_bytes(8, "little")).decode()
outcomes = [
    {"value": {"kind": "array", "dtype": dtype, "shape": [1], "data": text}}
    for dtype in ["O", "object", "|O8", "O,O", "V8", "f4,O"]
]
outcomes = (outcomes * n)[:n]
"""),
        {"wrong", "held", "crashed"},
    ),
    "nonsense in the reply": (
        """
import course_inside.trial as trial
def fake(name, token):
    deep = []
    for _ in range(900): deep = [deep]
    for bad in (None, 3, [], {"kind": 3}, [deep] * 10, {"value": {"kind": "list", "items": deep}}):
        reply = {"token": token, "found": "answer", "outcomes": bad}
        get_ipython().display_pub.publish({trial.MIME: reply})
trial.try_cases = fake
def pad2d(x, padding):
    return 0
""",
        {"crashed", "held", "too much output"},
    ),
    "asserts stripped by an AST transformer": (
        """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return None
get_ipython().ast_transformers.append(Strip())
def pad2d(x, padding):
    return x
""",
        {"wrong", "held"},
    ),
    "display hook that replays stored output": (
        """
import sys
sys.displayhook = lambda value: print("right pad2d: 7 cases. 2 of 2 points.")
def pad2d(x, padding):
    print("right pad2d: 7 cases. 2 of 2 points.")
""",
        {"wrong", "held"},
    ),
    "the course's own pad2d": (
        "from course.convolution import pad2d as theirs\n"
        "def pad2d(x, padding):\n    return theirs(x, padding)",
        {"wrong", "no answer"},
    ),
    "the course's own pad2d, inside": (
        "def pad2d(x, padding):\n    from course.convolution.geometry import pad2d as p\n"
        "    return p(x, padding)",
        {"wrong"},
    ),
    "the reference through gc and inspect": (
        """
import gc, inspect, sys
def pad2d(x, padding):
    for thing in gc.get_objects():
        if getattr(thing, "__name__", "") in ("pad2d", "reference") and thing is not pad2d:
            return thing(x, padding)
    frame = inspect.currentframe()
    while frame:
        for name in ("expected", "reference", "value"):
            if isinstance(frame.f_locals.get(name), np.ndarray):
                return frame.f_locals[name]
        frame = frame.f_back
    raise LookupError("no reference in here")
""",
        {"held", "wrong", "timed out"},
    ),
    "reading solutions": (
        """
import os
def pad2d(x, padding):
    found = []
    for folder, below, files in os.walk("/"):
        below[:] = [name for name in below if name not in ("proc", "sys", "usr")]
        found += [f for f in files if f.endswith(".ipynb")]
        for file in (os.path.join(folder, f) for f in files if f == "geometry.py"):
            found += [file] * ("def pad2d" in open(file).read())
        found += [name for name in below if name in ("solutions", "submissions")]
    raise LookupError(str(found))
""",
        {"held", "timed out"},
    ),
    "reading another submission": (
        """
import os
def pad2d(x, padding):
    raise LookupError(str([os.path.join(d, f) for d, _, fs in os.walk("/") for f in fs
                           if f.endswith((".ipynb", ".sqlite", "grades.csv"))]))
""",
        {"held", "timed out"},
    ),
    "/proc of the grader": (
        """
import os
def pad2d(x, padding):
    words = [open(f"/proc/{p}/cmdline").read() for p in os.listdir("/proc") if p.isdigit()]
    raise LookupError(str([w for w in words if "pytest" in w or "course.grading" in w]))
""",
        {"held", "wrong", "timed out"},
    ),
    "a socket": (
        """
import socket
def pad2d(x, padding):
    s = socket.create_connection(("192.0.2.1", 22), 1)
    return np.zeros(1)
""",
        {"held", "wrong", "timed out"},
    ),
    "writing outside": (
        """
import os
def pad2d(x, padding):
    written = []
    for place in ("/etc", "/usr", "/sandbox/course", "/root", "/var/tmp", "/", "/dev"):
        try:
            open(os.path.join(place, "course-was-here"), "w").write("x")
            written.append(place)
        except OSError:
            pass
    raise LookupError(str(written))
""",
        {"held", "wrong", "timed out"},
    ),
    "filling the disk": (
        """
def pad2d(x, padding):
    for k in range(10**6):
        with open(f"/tmp/{k}", "wb") as file:
            file.write(b"a" * 10**7)
""",
        {"held", "wrong", "crashed"},
    ),
    "writing beside the sockets": (
        """
import os
def pad2d(x, padding):
    written = []
    for place, _, files in os.walk("/"):
        if "s-1" in files:
            try:
                open(os.path.join(place, "full"), "wb").write(b"a" * 10**6)
                written.append(place)
            except OSError:
                pass
    raise LookupError(str(written))
""",
        {"held", "timed out"},
    ),
    "mounting and namespaces": (
        """
import ctypes
def pad2d(x, padding):
    libc = ctypes.CDLL(None, use_errno=True)
    done = [libc.umount2(b"/sandbox/course", 2), libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)]
    raise LookupError(str(done))
""",
        {"held", "wrong", "timed out"},
    ),
    "nbval markers": (
        "# NBVAL_SKIP\n# NBVAL_RAISES_EXCEPTION\ndef pad2d(x, padding):\n    return x",
        {"wrong"},
    ),
    "no Python": ("def pad2d(x, padding:\n    return", {"no answer"}),
    "a wall of brackets": ("def pad2d(x, padding):\n    return " + "(" * 5000, {"no answer"}),
    "a shell command": (
        "def pad2d(x, padding):\n    found = !ls /\n    return x",
        {"held", "wrong", "timed out"},
    ),
    "%reset": ("%reset -f\ndef pad2d(x, padding):\n    return x", {"held", "wrong", "timed out"}),
    "a number by the name": ("pad2d = 3", {"wrong", "no answer"}),
    "a class by the name": ("class pad2d:\n    pass", {"wrong"}),
}

_FORGED = """
import json
import course_inside.trial as trial
K, honest = get_ipython().kernel, trial.try_cases
def fake(name, token):
    if name != "pad2d":
        return honest(name, token)
    n = len(json.loads(K.get_parent()["content"]["sent"])["cases"])
    reply = {{"token": token, "found": "answer", "outcomes": {outcomes}}}
    data = {{"data": {{trial.MIME: reply}}, "metadata": {{}}, "transient": {{}}}}
    sent = json.dumps(data).encode()
    for k in range({times}):
        K.session.send(
            K.iopub_socket, "display_data", sent, parent=K.get_parent(), ident=b"display_data"
        )
trial.try_cases = fake
def pad2d(x, padding):
    return 0
"""

ATTACKS |= {
    "a forged reply that no file can hold": (
        _FORGED.format(
            outcomes='[{"error": {"type": "ValueError", "text": "\\ud800"}}] * n', times=1
        ),
        {"wrong"},
    ),
    "forged replies without end": (
        _FORGED.format(outcomes="[[]] * 10**5", times=1000),
        {"too much output", "crashed", "held"},
    ),
    "a deep folder in place of a socket": (
        """
import os
def pad2d(x, padding):
    for place, folders, files in os.walk("/tmp"):
        if "connection.json" in files:
            os.unlink(os.path.join(place, "s-3"))
            os.makedirs(os.path.join(place, "s-3"))
            os.chdir(os.path.join(place, "s-3"))
            for k in range(1500):
                os.mkdir("d")
                os.chdir("d")
            return x
    raise LookupError("no folder")
""",
        {"crashed", "held", "wrong"},
    ),
    "a group of exceptions": (
        _call("raise ExceptionGroup('a', [ValueError('b')])"),
        {"wrong"},
    ),
    "deepcopy patched": (
        "import copy\ncopy.deepcopy = lambda v, *a: v\n"
        "def pad2d(x, padding):\n    y = np.pad(x, padding)\n    x[...] = 7\n    return y",
        {"wrong", "held"},
    ),
    "half an emoji": ("def pad2d(x, padding):\n    return '\ud83d'", {"wrong"}),
    "an integer of 4000 digits": (
        f"KEY = 0x{'f' * 4000}\ndef pad2d(x, padding):\n    return x",
        {"wrong", "no answer"},
    ),
    "501 magics": (
        "%time 1\n" * 501 + "def pad2d(x, padding):\n    return x",
        {"wrong", "no answer"},
    ),
    "a sum of 1500 terms": (
        "import os\nK = " + "+".join(["1"] * 1500) + "\ndef pad2d(x, padding):\n    return x",
        {"held", "wrong", "no answer"},
    ),
}

_OF_THE_COURSE = "module = {}\ndef pad2d(x, padding):\n    return module.pad2d(x, padding)"

ATTACKS |= {
    "the course's version through sys.modules": (
        "import sys\n" + _OF_THE_COURSE.format('sys.modules["course.convolution.geometry"]'),
        {"wrong", "held"},
    ),
    "the course's version through importlib": (
        _call(
            "import importlib\nfor name in ('geometry', 'forward'):\n"
            "    module = importlib.import_module('course.convolution.' + name)\n"
            "    if hasattr(module, 'pad2d'): return module.pad2d(x, padding)"
        ),
        {"wrong", "held"},
    ),
    "the course's version, once it has come in": (
        _call(
            "import course.convolution.geometry as g, importlib\n"
            "for module in (g, importlib.reload(g)):\n    for value in vars(module).values():\n"
            "        try: y = value(x, padding)\n        except Exception: continue\n"
            "        if isinstance(y, np.ndarray): return y"
        ),
        {"wrong", "held"},
    ),
    "inputs kept in a global": (
        "seen = globals().setdefault('seen', [])\n"
        "def pad2d(x, padding):\n    seen.append(x)\n    return seen[0]\n",
        {"wrong", "held"},
    ),
    "inputs kept in a file": (
        """
import os
def pad2d(x, padding):
    for place in ("/tmp", "/home/student", "/dev/shm", os.getcwd()):
        file = os.path.join(place, "kept.npy")
        if os.path.exists(file):
            raise LookupError("kept")
        np.save(file, x)
    return x
""",
        {"wrong", "held"},
    ),
    "json.loads patched": (
        "import json\njson.loads = lambda *a, **k: {}\n" + RIGHT["pad2d"].replace("[(0", "[(1"),
        {"crashed", "wrong", "timed out"},
    ),
    "what is bound is not told": (
        "import course_inside.trial as trial\ntrial.bindings = lambda *a: None\n"
        "def pad2d(x, padding):\n    return x",
        {"wrong", "held"},
    ),
    "what is bound is told without end": (
        "import course_inside.trial as trial\n"
        "def bindings(*a):\n    while True: pass\n"
        "trial.bindings = bindings\ndef pad2d(x, padding):\n    return x",
        {"wrong", "timed out", "crashed"},
    ),
    "one message of 100 frames": (
        """
K = get_ipython().kernel
def pad2d(x, padding):
    frame = memoryview(b"a" * (15 * 2**20))
    for _ in range(3):
        K.session.send(
            K.iopub_socket, "display_data", {"data": {}, "metadata": {}}, parent=K.get_parent(),
            buffers=[frame] * 100,
        )
    return x
""",
        {"held", "too much output", "crashed", "timed out"},
    ),
    "files without names": (
        """
import os
tried = []
def pad2d(x, padding):
    if tried:
        raise LookupError(tried[0])
    places = ["/tmp", "/home/student", "/dev/shm"]
    places += [d for d, _, files in os.walk("/tmp") if "connection.json" in files]
    kept, written = [], 0
    for k in range(20):
        for place in (None, *places):
            try:
                if place is None:
                    kept.append(os.memfd_create("x"))
                else:
                    kept.append(os.open(place, os.O_TMPFILE | os.O_RDWR))
                for _ in range(30):
                    written += os.write(kept[-1], b"a" * 2**20)
            except OSError:
                pass
    for each in kept:
        os.close(each)
    tried.append("few" if written < 2e8 else f"{written} bytes")
    raise LookupError(tried[0])
""",
        {"held", "crashed"},
    ),
}

CLINIC = {
    "nothing mended": "class Mended2(Conv2d):\n    pass",
    "the base class itself": "Mended2 = Conv2d",
    "super": "    return super().backward(dy)",
    "Conv2d by its name": "    return Conv2d.backward(self, dy)",
    "its method, kept": "    return kept(self, dy)",
    "its method, kept in a default": "    return (lambda f=kept: f(self, dy))()",
    "its methods, copied to another class": "    return Copy.backward(self, dy)",
    "a base by a name in pieces": (
        '    return getattr(type(self), "__ba" + "se__").backward(self, dy)'
    ),
    "a base by operator": '    return attrgetter("__base__.backward")(type(self))(self, dy)',
    "a base by the class's order": "    return type.mro(type(self))[-2].backward(self, dy)",
    "its module": '    return _sys.modules["course.nn.conv2d"].Conv2d.backward(self, dy)',
    "its method, called by a thread": (
        "    from concurrent.futures import ThreadPoolExecutor\n"
        "    return ThreadPoolExecutor(1).submit(kept, self, dy).result()"
    ),
    "its method, called by a thread that was there": (
        "    return pool.submit(kept, self, dy).result()"
    ),
    "its method, called by a partial": "    return partial(kept, self)(dy)",
    "its method, called while a layer is sorted": (
        "    return sorted([dy], key=lambda d: found.append(kept(self, d)) or 0) and found.pop()"
    ),
    "a layer of the course beside it": (
        "    other = right(3, 4, 2)\n"
        "    other.__dict__.update(self.__dict__)\n"
        "    dx = kept(other, dy)\n"
        "    self.__dict__.update(other.__dict__)\n    return dx"
    ),
    "small steps": """
    step, y = 1e-6, self.forward(self.x)
    def slopes(a):
        found = np.zeros(a.shape)
        for k in np.ndindex(a.shape):
            before = a[k]
            a[k] = before + step
            up = np.sum(self.forward(self.x) * dy)
            a[k] = before - step
            found[k] = (up - np.sum(self.forward(self.x) * dy)) / (2 * step)
            a[k] = before
        return found
    self.dw, self.db = slopes(self.w), slopes(self.b)
    return slopes(self.x)""",
}
"""By name: Mended2 of lesson 10, or the body of its backward, that goes back to Conv2d's own."""

CLINIC_BEGINS = """
import copy
from collections import _sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import attrgetter
from course.nn import Conv2d
from course.convolution import col2im, im2col

kept, right, found = Conv2d.backward, Conv2d, []
Copy = type("Copy", (), dict(vars(Conv2d)))
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
"""
