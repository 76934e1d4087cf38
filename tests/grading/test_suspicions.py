"""What is held for a person to look at: ways to the machine and into the interpreter, no others."""

import pytest

from course.grading.marking.suspicions import suspicions, tampering


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n    import os\n    return os.getcwd()", {"os"}),
        ("import numpy, os.path as p\np.join()", {"os"}),
        ("from os import path\npath", {"os"}),
        ("from collections import _sys\n_sys.modules", {"_sys"}),
        ("from contextlib import sys\nsys.modules", {"sys"}),
        ("import collections\ncollections._sys.modules", {"_sys"}),
        ("import contextlib as c\nc.sys.modules", {"sys"}),
        ("__import__('scipy')", {"__import__"}),
        ("eval('1')", {"eval"}),
        ("f.__globals__", {"__globals__"}),
        ("np.ctypeslib.ctypes.CDLL(None)", {"ctypes", "ctypeslib"}),
        ("np.savez('x')", {"savez"}),
        ("open('x')", {"open"}),
        ("get_ipython().system('ls')", {"!"}),
        ("get_ipython().run_line_magic('run', 'other.py')", {"%run"}),
        ("get_ipython().run_line_magic('time', 'exec(x)')", {"exec"}),
        ("get_ipython().run_cell_magic('timeit', '-n1', 'import os\\nos.x')", {"os"}),
    ],
)
def test_what_reaches_out_is_named(source, found):
    assert suspicions(source) == found


def test_what_another_cell_imports_is_known():
    assert suspicions("os.getcwd()", "x = 1\nimport os\n)(") == {"os"}
    assert suspicions("system.exit()", "    import sys as system") == {"sys"}
    assert suspicions("x = 1", "import os\nos.getcwd()\nimport sys; sys.exit()") == set()


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nimport math\nfrom course.convolution import pad2d\npad2d(math.pi)",
        "import os, sys, random",
        "def f(vars, input):\n    open = 3\n    return vars, input(open)",
        "self.modules, self.io, layer.signal, layer._cache, np.random._generator",
        "print(layer.__dict__.keys())",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2)",
        "import logging\nlogging.info('x')",
        "get_ipython().run_line_magic('timeit', 'f()')",
        "get_ipython().run_line_magic('pinfo', 'np.pad')",
        "(((",
        "x = 1 +",
        "",
    ],
)
def test_what_does_no_harm_is_not_held(source):
    assert suspicions(source) == set()


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("import json\njson.loads = mine", {"json.loads"}),
        ("import numpy as np\nnp.linalg.norm = mine", {"np.linalg.norm"}),
        ("import json\nsetattr(json, 'loads', mine)", {"setattr"}),
        ("for m in sys.modules.values():\n    m.watched = mine", {"modules"}),
        ("%time\nvars(__import__('sys'))", {"__import__"}),
        ("import course_inside.trial as t", {"course.checks"}),
        ("class Mine:\n    pass\nMine.backward = 3\nlayer.w = 1\nsetattr(layer, 'b', 2)", set()),
        ("import sys, numpy as np\n'google.colab' in sys.modules\nnp.arange(3)[0] = 1", set()),
        ("from course.checks import check", set()),
    ],
)
def test_what_changes_what_tries_an_answer_is_seen_in_any_cell_of_ones_own(cell, found):
    assert tampering(["x = 1", cell], set()) == found
    assert tampering([cell], {cell}) == set()
