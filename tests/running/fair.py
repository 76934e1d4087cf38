"""Honest notebooks in every shape that students have handed in: each is wholly right.

A notebook begins as the one that was handed out with right answers filled in; an entry changes
it. An entry of the table is (lesson, change); a change gets the notebook, and its cells by id.
"""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
SIZES, LAYER, COLUMNS, FORWARD = (
    "02_stride_padding_size",
    "09_the_convolution_layer",
    "03_im2col",
    "04_channels_filters_batches",
)
Change = Callable[[NotebookNode, dict[str, NotebookNode]], None]


def filled_in(lesson: str) -> NotebookNode:
    """What was handed out, with the lesson's own answers in the blanks."""
    notebook = nbformat.read(PROJECT.notebooks / f"{lesson}.ipynb", as_version=4)
    solved = nbformat.read(PROJECT.solutions / f"{lesson}.ipynb", as_version=4)
    answers = {c.id: c.source for c in solved.cells if "exercise" in c.metadata}
    for cell in notebook.cells:
        text = answers.get(cell.id, cell.source)
        cell.source = "\n".join(x for x in text.splitlines() if not x.strip().startswith("### "))
    return notebook


def handed_in(lesson: str, change: Change) -> bytes:
    """The bytes of a notebook after a change."""
    notebook = filled_in(lesson)
    change(notebook, {cell.id: cell for cell in notebook.cells})
    return json.dumps(notebook).encode()


BLANK = "    # YOUR CODE HERE\n    raise NotImplementedError('it is not written yet')"
PAD = "exercise-pad2d"
SIGNATURE = "def pad2d(x, padding):\n"
RIGHT_PAD = (
    SIGNATURE
    + "    widths = [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2\n"
    + "    return np.pad(x, widths)"
)
WRONG_PAD = SIGNATURE + "    return x"


def put(notebook: NotebookNode, cell: NotebookNode, *sources: str, before: bool = False) -> None:
    """Add cells behind a cell, or before it."""
    place = notebook.cells.index(cell) + (not before)
    notebook.cells[place:place] = [new_code_cell(source) for source in sources]


def with_pad(*sources: str) -> tuple[str, Change]:
    """Cells in place of the answer's: the last stands in the answer's own."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        *others, answer = sources
        cells[PAD].source = answer
        put(notebook, cells[PAD], *others, before=True)

    return SIZES, change


def below_pad(*sources: str, answer: str = RIGHT_PAD) -> tuple[str, Change]:
    """Cells behind the answer's."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        cells[PAD].source = answer
        put(notebook, cells[PAD], *sources)

    return SIZES, change


def below_check(*sources: str, answer: str) -> tuple[str, Change]:
    """Cells behind the check."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        cells[PAD].source = answer
        put(notebook, cells["check-pad2d"], *sources)

    return SIZES, change


def at_end(*sources: str, lesson: str = SIZES) -> tuple[str, Change]:
    """Cells at the very end."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        notebook.cells += [new_code_cell(source) for source in sources]

    return lesson, change


def at_top(*sources: str, lesson: str = SIZES) -> tuple[str, Change]:
    """Cells at the very beginning."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        notebook.cells[0:0] = [new_code_cell(source) for source in sources]

    return lesson, change


def each_cell(
    change_one: Callable[[NotebookNode], None], lesson: str = SIZES
) -> tuple[str, Change]:
    """The same done to all cells."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        for cell in notebook.cells:
            change_one(cell)

    return lesson, change


def without_metadata(cell: NotebookNode) -> None:
    cell.metadata = {}


def without_ids(cell: NotebookNode) -> None:
    cell.pop("id")


def with_rubbish(cell: NotebookNode) -> None:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [{"output_type": "stream", "text": ["x"] * 99}], 7


def no_checks(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
    notebook.cells = [c for c in notebook.cells if "check" not in c.metadata]


def checks_twice(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
    for cell in [c for c in notebook.cells if "check" in c.metadata]:
        put(notebook, cell, cell.source)


def all_in_one(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
    """As far as the answers: a cell that fails ends there."""
    keep = [c.source for c in notebook.cells if "exercise" in c.metadata]
    first = next(c for c in notebook.cells if "import numpy" in c.source)
    notebook.cells = [new_code_cell("\n\n".join([first.source, *keep]))]


def answers_first(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
    notebook.cells.sort(key=lambda c: "exercise" not in c.metadata)


def foreign_kernel(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
    notebook.metadata["kernelspec"] = {"name": "conda-env-dl-py", "display_name": "Python [dl]"}


def methods_apart(tail: str) -> tuple[str, Change]:
    """A layer without its backward pass, which the tail adds."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        cell = cells["exercise-Conv2d"]
        head, backward = cell.source.split("    def backward(", 1)
        function = "def backward(" + backward.replace("\n    ", "\n")
        cell.source = head.rstrip()
        put(notebook, cell, tail.format(function=function, method="    def backward(" + backward))

    return LAYER, change


def layer_with(text: str, where: str = "    def forward(") -> tuple[str, Change]:
    """A layer with some more in it."""

    def change(notebook: NotebookNode, cells: dict[str, NotebookNode]) -> None:
        cell = cells["exercise-Conv2d"]
        cell.source = cell.source.replace(where, text + where, 1)

    return LAYER, change


ADD_TO_CLASS = """def add_to_class(cls):
    def add(function):
        setattr(cls, function.__name__, function)
        return function
    return add


@add_to_class(Conv2d)
{function}"""
HELPER = "def frame(x, padding):\n    return [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2"
BY_HELPER = SIGNATURE + "    return np.pad(x, frame(x, padding))"


def body(lines: str) -> str:
    """pad2d with some lines before its own."""
    head, rest = RIGHT_PAD.split("\n", 1)
    return f"{head}\n{lines}\n{rest}"


FAIR: dict[str, tuple[str, Change]] = {
    "as it was handed out, solved": at_end(),
    "below the untouched blank": below_pad(RIGHT_PAD, answer=SIGNATURE + BLANK),
    "a second, better try in a new cell": below_pad(RIGHT_PAD, answer=WRONG_PAD),
    "a better try below the check": below_check(RIGHT_PAD, answer=WRONG_PAD),
    "the answer below the check": below_check(RIGHT_PAD, answer=SIGNATURE + BLANK),
    "the answer below the check, and a check": below_check(
        RIGHT_PAD, "check.pad2d(pad2d)", answer=SIGNATURE + BLANK
    ),
    "the blank deleted, the answer at the end": (
        SIZES,
        lambda notebook, cells: (
            notebook.cells.remove(cells[PAD]),
            notebook.cells.append(new_code_cell(RIGHT_PAD)),
        ),
    ),
    "a scratch copy at the end": at_end(WRONG_PAD),
    "a copy of the blank at the end": at_end(SIGNATURE + BLANK),
    "a lambda": with_pad(HELPER, "pad2d = lambda x, padding: np.pad(x, frame(x, padding))"),
    "a partial function": with_pad(
        "def framed(mode, x, padding):\n    return np.pad(x, frame(x, padding), mode)",
        HELPER,
        "from functools import partial\npad2d = partial(framed, 'constant')",
    ),
    "a helper whose name is used again later": (
        SIZES,
        lambda notebook, cells: (
            setattr(cells[PAD], "source", BY_HELPER),
            put(notebook, cells[PAD], HELPER, before=True),
            put(notebook, cells["check-pad2d"], "frame = 3"),
        ),
    ),
    "a star import": with_pad("from numpy import *", RIGHT_PAD.replace("np.pad", "pad")),
    "a helper inside if": with_pad("if True:\n    " + HELPER.replace("\n", "\n    "), BY_HELPER),
    "a helper inside try": with_pad(
        "try:\n    import nothing_of_the_kind\nexcept ImportError:\n    "
        + HELPER.replace("\n", "\n    "),
        BY_HELPER,
    ),
    "a helper in a profiled cell": with_pad("%%prun\n" + HELPER, BY_HELPER),
    "an answer in a timed cell": with_pad("%%time\n" + RIGHT_PAD),
    "an answer in a captured cell": with_pad("%%capture\n" + RIGHT_PAD),
    "numba with its fallback": with_pad(
        "try:\n    from numba import njit\nexcept ImportError:\n    def njit(f):\n        return f",
        "@njit\n" + RIGHT_PAD,
    ),
    "a table filled by a key": with_pad(
        'TABLE = {}\nTABLE["sides"] = 2',
        RIGHT_PAD.replace("* 2\n", '* TABLE["sides"]\n'),
    ),
    "a table filled by append": with_pad(
        "SIDES = []", "SIDES.append(2)", RIGHT_PAD.replace("* 2\n", "* SIDES[0]\n")
    ),
    "a table filled by a loop": with_pad(
        "TABLE = {}\nfor k in range(9):\n    TABLE[k] = (k, k)",
        RIGHT_PAD.replace("(padding, padding)", "TABLE[padding]"),
    ),
    "an attribute of a helper": with_pad(
        HELPER,
        "frame.calls = 0",
        BY_HELPER.replace("    return", "    frame.calls += 1\n    return"),
    ),
    "a global counter": with_pad("COUNT = 0", body("    global COUNT\n    COUNT += 1")),
    "a big-endian result": with_pad(
        RIGHT_PAD.replace("return np.pad(x, widths)", "return np.pad(x, widths).astype('>f8')")
    ),
    "a local called vars": with_pad(body("    vars, open = 3, 4\n    vars += open")),
    "unused imports": with_pad("import os\nimport sys\nimport socket\n" + RIGHT_PAD),
    "a plot below the function": with_pad(
        RIGHT_PAD
        + "\n\nimport matplotlib.pyplot as plt\nplt.imshow(pad2d(np.eye(3), 1))\nplt.show()"
    ),
    "a plot inside the function": with_pad(
        "import matplotlib.pyplot as plt",
        body("    figure, axes = plt.subplots()\n    axes.plot([1, 2])\n    plt.close(figure)"),
    ),
    "matplotlib at the top": at_top("%matplotlib inline\nimport matplotlib.pyplot as plt"),
    "display": with_pad(RIGHT_PAD + "\n\ndisplay(pad2d(np.eye(3), 1))"),
    "logging": with_pad(
        "import logging\nlog = logging.getLogger('mine')\n" + body("    log.warning('%s', padding)")
    ),
    "a question to the notebook": at_end("np.pad?"),
    "a debugger without an error": at_end("%debug"),
    "random numbers": with_pad("import random\nrandom.seed(1)\n" + body("    random.random()")),
    "concurrent.futures": with_pad(
        "from concurrent.futures import ThreadPoolExecutor",
        HELPER,
        SIGNATURE
        + "    with ThreadPoolExecutor(1) as pool:\n"
        + "        return pool.submit(np.pad, x, frame(x, padding)).result()",
    ),
    "printing while it works": with_pad(body("    print('padding', padding, x.shape)")),
    "a warning while it works": with_pad(
        "import warnings\n" + body("    warnings.warn('careful', stacklevel=2)")
    ),
    "numpy that raises": at_top("import numpy as np\nnp.seterr(all='raise')"),
    "print options": at_top("import numpy as np\nnp.set_printoptions(precision=2)"),
    "a failing test of one's own": with_pad(RIGHT_PAD, RIGHT_PAD + "\n\nassert pad2d is None"),
    "a typo in a cell of one's own": at_top("this is no Python"),
    "type annotations": with_pad(
        "from numpy.typing import NDArray\n"
        + RIGHT_PAD.replace("(x, padding):", "(x: NDArray, padding: int) -> NDArray:")
    ),
    "a decorator": with_pad(
        "from functools import wraps\ndef told(f):\n    @wraps(f)\n    def g(*a):\n"
        "        return f(*a)\n    return g",
        "@told\n" + RIGHT_PAD,
    ),
    "a closure": with_pad(
        "def make():\n    sides = 2\n    "
        + RIGHT_PAD.replace("\n", "\n    ").replace("* 2\n", "* sides\n")
        + "\n    return pad2d\npad2d = make()",
    ),
    "a callable object": with_pad(
        HELPER,
        "class Padder:\n    def __call__(self, x, padding):\n"
        "        return np.pad(x, frame(x, padding))\npad2d = Padder()",
    ),
    "a marker for nbval": with_pad("# NBVAL_SKIP\n" + RIGHT_PAD),
    "the answer in the cell of the check": (
        SIZES,
        lambda notebook, cells: (
            setattr(cells["check-pad2d"], "source", RIGHT_PAD + "\n\ncheck.pad2d(pad2d)"),
            setattr(cells[PAD], "source", SIGNATURE + BLANK),
        ),
    ),
    "an own benchmark": below_pad("import time\ntime.sleep(4)"),
    "a kernel that ends": at_end("import os\nos._exit(1)"),
    "a kernel that ends in the middle": below_pad("import os\nos._exit(1)"),
    "quit at the end": at_end("quit()"),
    "a shell command": at_top("!echo hello"),
    "an int of a subclass": (
        SIZES,
        lambda notebook, cells: put(
            notebook,
            cells["exercise-output-size"],
            "class Size(int):\n    pass\nwhole = output_size\n"
            "def output_size(size, kernel, stride=1, padding=0, dilation=1):\n"
            "    return Size(whole(size, kernel, stride, padding, dilation))",
        ),
    ),
    "no metadata of cells": each_cell(without_metadata),
    "no ids": each_cell(without_ids),
    "outputs of something else": each_cell(with_rubbish),
    "no checks": (SIZES, no_checks),
    "every check twice": (SIZES, checks_twice),
    "answers and imports in one cell": (SIZES, all_in_one),
    "answers before everything else": (SIZES, answers_first),
    "another kernel's name": (SIZES, foreign_kernel),
    "no metadata, two answers with one signature": each_cell(without_metadata, FORWARD),
    "columns, as handed out": at_end(lesson=COLUMNS),
    "columns without metadata": each_cell(without_metadata, COLUMNS),
    "the course under another name": at_top("import course.convolution as conv", lesson=FORWARD),
    "a class over two cells, by a decorator": methods_apart(ADD_TO_CLASS),
    "a class over two cells, by assignment": methods_apart(
        "{function}\n\nConv2d.backward = backward\ndel backward"
    ),
    "a class over two cells, by inheritance": methods_apart("class Conv2d(Conv2d):\n{method}"),
    "a layer with modules": layer_with(
        "    modules = ()\n\n    def all(self):\n        return self.modules\n\n"
    ),
    "a layer that is printed": at_end("print(Conv2d(1, 1, (2, 2)).__dict__.keys())", lesson=LAYER),
    "a layer with a repr": layer_with("    def __repr__(self):\n        return 'Conv2d'\n\n"),
    "a layer with a static method": layer_with(
        "    @staticmethod\n    def twice(x):\n        return 2 * x\n\n"
    ),
    "layers without metadata": each_cell(without_metadata, LAYER),
}
