"""Work handed to another function is found, and what was only compared is not."""

import contextlib
from typing import Any

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.diagnosis import borrowed, from_the_notebook
from course.checks.diagnosis.lending import LOANS
from course.checks.failure import CheckFailed
from course.checks.self_check import Check

from .trials import answers_to, defined, solution

INPUT = "dy, w, x_shape, stride=1, padding=0"
WEIGHTS = "dy, x, kernel_size, stride=1, padding=0"
FORWARD = "x, w, b, stride=1, padding=0"
TWINS = {
    "correlate2d": ("x, w, b=0.0", "correlate2d_strided(x, w, b)"),
    "correlate2d_strided": (
        "x, w, b=0.0, stride=1, padding=0",
        "conv_forward(x[None, None], w[None, None], np.full(1, b), stride, padding)[0, 0]",
    ),
    "conv_forward_loops": (FORWARD, "conv_forward(x, w, b, stride, padding)"),
    "conv_forward": (FORWARD, "conv_forward_loops(x, w, b, stride, padding)"),
    "conv_forward_fast": (FORWARD, "conv_forward(x, w, b, stride, padding)"),
    "conv_backward_bias": ("dy", "conv_backward_fast(dy, *made_up(dy))[2]"),
    "conv_backward_weights_loops": (
        WEIGHTS,
        "conv_backward_weights(dy, x, kernel_size, stride, padding)",
    ),
    "conv_backward_weights": (
        WEIGHTS,
        "conv_backward_weights_loops(dy, x, kernel_size, stride, padding)",
    ),
    "conv_backward_input_scatter": (
        INPUT,
        "conv_backward_input_full(dy, w, x_shape, stride, padding)",
    ),
    "conv_backward_input_col2im": (
        INPUT,
        "conv_backward_input_scatter(dy, w, x_shape, stride, padding)",
    ),
    "conv_backward_input_full": (
        INPUT,
        "conv_backward_input_col2im(dy, w, x_shape, stride, padding)",
    ),
}
"""Parameters, and a right answer that another exercise or the course gives."""
MADE_UP = """
def made_up(dy):
    N, F, oh, ow = dy.shape
    return np.zeros((N, 1, oh, ow), dy.dtype), np.zeros((F, 1, 1, 1), dy.dtype)
"""


def found(name: str, answer: Any) -> str:
    exercise = EXERCISES[name]
    finding = borrowed.find(exercise.mark(exercise.as_tried(answer)))
    return finding.text if finding else ""


@pytest.mark.parametrize("name", TWINS)
def test_a_right_answer_that_another_function_gives_is_not_right(name, capsys):
    parameters, call = TWINS[name]
    answer = defined(name, f"{MADE_UP}\ndef {name}({parameters}):\n    return {call}\n")
    with pytest.raises(CheckFailed) as failed:
        getattr(Check(), name)(answer)
    lender = call.partition("(")[0]
    said = " ".join(str(failed.value).split())
    assert said.startswith(f"{name}: borrowed {name} hands its work to the course's {lender}. ")
    assert said.endswith(LOANS[name].instead)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", LOANS)
def test_to_call_the_courses_own_version_is_to_borrow(name):
    exercise, called = EXERCISES[name], EXERCISES[name].answer_name
    if name.startswith("Mended"):
        method, argument = ("forward", "x") if name == "Mended1" else ("backward", "dy")
        body = f"def {method}(self, {argument}): return Conv2d.{method}(self, {argument})"
        source = f"class {called}(Conv2d):\n    {body}\n"
    elif exercise.is_a_class:
        source = f"class {called}({called}):\n    pass\n"
    else:
        source = f"theirs = {called}\ndef {called}(*arguments):\n    return theirs(*arguments)\n"
    imported = "from course.gradcheck import numerical_gradient, relative_error\n"
    assert "the course's" in found(name, defined(name, imported + source))


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_no_solution_is_accused(name):
    exercise = EXERCISES[name]
    assert not found(name, defined(name, solution(name)))
    for number, one in enumerate(exercise.solutions):
        answer = one.answer(one.text, f"{name} {number}")
        answer.__name__ = exercise.answer_name  # some are solutions of two exercises
        assert not found(name, answer)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_no_right_answer_is_accused(name):
    for answer in answers_to(name):
        exercise = EXERCISES[name]
        renamed = type(exercise.answer_name, (answer,), {}) if isinstance(answer, type) else answer
        with contextlib.suppress(AttributeError):
            renamed.__name__ = exercise.answer_name
        assert not found(name, renamed)


SIGNATURE = "(n,c,h,w),(f,c,u,v),(f),(),()->(n,f,i,j)"
OWN_LOOPS = """
def conv_forward_loops(x, w, b, stride=1, padding=0):
    (N, C, H, W), (F, _, kh, kw) = x.shape, w.shape
    xpad = pad2d(x, padding)
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    y = np.zeros((N, F, oh, ow), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        window = xpad[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[:, :, i, j] = np.tensordot(window, w, ([1, 2, 3], [1, 2, 3])) + b
    return y

"""


@pytest.mark.parametrize(
    "call",
    [
        "conv_forward_loops(x, w, b, stride, padding)",
        "helper(x, w, b, stride, padding)",
        "np.stack([conv_forward_loops(one[None], w, b, stride, padding)[0] for one in x])",
        f"np.vectorize(conv_forward_loops, signature={SIGNATURE!r})(x, w, b, stride, padding)",
    ],
)
def test_ones_own_answer_to_the_twin_is_borrowed_too_in_whatever_way(call):
    helper = "def helper(*arguments):\n    return conv_forward_loops(*arguments)\n"
    answer = f"def conv_forward(x, w, b, stride=1, padding=0):\n    return {call}\n"
    said = found("conv_forward", defined("conv_forward", OWN_LOOPS + helper + answer))
    assert said.startswith("conv_forward hands its work to conv_forward_loops. ")


@pytest.mark.parametrize(
    "line",
    [
        "assert np.allclose(y, conv_forward_loops(x, w, b, stride, padding), atol=1e-4)",
        "print(conv_forward_loops(x, w, b, stride, padding).shape)",
        "conv_forward_loops(x, w, b, stride, padding)",
    ],
)
def test_what_is_only_compared_or_looked_at_is_not_borrowed(line, capsys):
    source = (
        solution("conv_forward").replace("    return ", "    y = ") + f"    {line}\n    return y\n"
    )
    Check().conv_forward(defined("conv_forward", source))
    assert "right" in capsys.readouterr().out


def test_a_demonstration_of_another_name_may_borrow(message):
    def turned(x, w, b=0.0):
        return theirs(x, w[::-1, ::-1], b)

    theirs = defined("correlate2d", "from course.convolution import correlate2d")
    assert "turned by 180" in message("correlate2d", turned)


def test_the_answer_to_the_twin_itself_is_none(message):
    twin = defined("conv_forward_loops", solution("conv_forward_loops"))
    assert "conv_forward_loops is not conv_forward." in message("conv_forward", twin)


def test_a_borrowed_answer_that_is_wrong_or_crashes_is_told_so_first(message):
    for call in ("conv_forward_loops(x, w, b)", "conv_forward_loops(x, w[0], b)"):
        source = f"def conv_forward(x, w, b, stride=1, padding=0):\n    return {call}\n"
        text = message("conv_forward", defined("conv_forward", source))
        assert "hands its work to the course's conv_forward_loops" in " ".join(text.split())


def test_base_classes_of_ones_own_are_fine(capsys):
    source = solution("Conv2d").replace("class Conv2d:", "class Base:")
    Check().Conv2d(defined("Conv2d", f"{source}\n\nclass Conv2d(Base):\n    pass\n"))
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scipy.signal", "scipy.signal.correlate2d(x, w, 'valid') + b"),
        ("torch", "torch.conv2d(t(x), t(w)).numpy()[0, 0] + b"),
    ],
)
@pytest.mark.slow
def test_other_libraries_are_no_answer_either(module, source):
    pytest.importorskip(module)
    source = (
        f"import {module}\nt = lambda a: torch.from_numpy(a.copy())[None, None]\n"
        f"def correlate2d(x, w, b=0.0):\n    return {source}\n"
    )
    said = found("correlate2d", defined("correlate2d", source))
    assert said.startswith(f"correlate2d hands its work to {module.split('.')[0]}'s ")


def test_a_profiler_that_runs_already_goes_on():
    calls = []
    borrowed.sys.setprofile(lambda *event: calls.append(event))
    try:
        found("pad2d", defined("pad2d", solution("pad2d")))
        calls.clear()
        len([])
        assert calls
    finally:
        borrowed.sys.setprofile(None)


# Variables of the notebook ------------------------------------------------------------------------


def read(name: str, source: str) -> str:
    exercise = EXERCISES[name]
    finding = from_the_notebook.find(exercise.mark(exercise.as_tried(defined(name, source))))
    return finding.text if finding else ""


def test_an_array_of_the_notebook_in_place_of_an_argument_is_named():
    source = (
        "a = np.ones(3)\ndef dot_product(u, v):\n    return sum(a[k] * v[k] for k in range(3))\n"
    )
    said = read("dot_product", source)
    assert "reads `a` from the notebook" in said
    assert "It is not one of its arguments (u, v)." in said


def test_a_model_of_the_notebook_in_place_of_an_argument_is_named():
    model = "class Model:\n    def forward(self, x):\n        return np.zeros((len(x), 99))\n\n"
    source = solution("occlusion_map").replace("whole = predict(", "whole = model.forward(")
    said = read("occlusion_map", f"{model}model = Model()\n{source}")
    assert "reads `model` from the notebook" in said


@pytest.mark.parametrize(
    "body",
    [
        "return [p * q for p, q in zip(u, b)][0]",
        "return (lambda p: np.sum(p * b[: len(p)]))(u[:1])",
        "def inner():\n        return b[0]\n    return inner()",
        "return helper(u)",
    ],
)
def test_it_is_found_in_whatever_is_nested_or_called(body):
    source = (
        f"b = np.ones(9)\ndef helper(u):\n    return b[0]\ndef dot_product(u, v):\n    {body}\n"
    )
    assert "reads `b` from the notebook" in read("dot_product", source)


def test_it_is_found_in_a_method():
    source = "x = np.ones((2, 2))\nclass ReLU:\n    def forward(self, image):\n        return x\n"
    said = read("relu", source)
    assert "reads `x` from the notebook" in said
    assert "in self" in said


def test_an_array_of_the_notebook_that_is_written_to_is_told_to_be_made_anew():
    source = "y = np.zeros((2, 2))\n" + solution("correlate2d").replace(
        "    y = np.zeros((oh, ow))\n", ""
    )
    answer = defined("correlate2d", source)
    before = answer.__globals__["y"]
    marks = EXERCISES["correlate2d"].mark(answer)
    finding = from_the_notebook.find(marks)
    assert finding
    assert "writes into the notebook's own `y` of shape (2, 2)" in finding.text
    assert answer.__globals__["y"] is before


@pytest.mark.parametrize(
    "source",
    [
        "STEPS = 3\ndef dot_product(a, b):\n    return STEPS\n",  # a constant
        "eps = 0.5\ndef dot_product(a, b):\n    return eps\n",  # a setting
        "a = 3\ndef dot_product(a, b):\n    return a[0]\n",  # hidden by an argument
        "c = 3\ndef dot_product(a, b):\n    return 0.0 if len(a) else c\n",  # not read in this case
        "c = 3\ndef dot_product(a, b):\n    return a @ b + 0 * c\n",  # right
        "c = True\ndef dot_product(a, b):\n    return 0.0 * c\n",
    ],
)
def test_what_is_no_cause_is_not_named(source):
    assert read("dot_product", source) == ""


def test_a_result_of_one_size_is_asked_whether_the_examples_is_written_out(message):
    source = """
        def correlate2d(x, w, b=0.0):
            y = np.zeros((2, 2))
            for i in range(2):
                for j in range(2):
                    y[i, j] = x[i, j] * w[0, 0] - b
            return y
        """
    source = "\n".join(line[8:] for line in source.splitlines())
    text = " ".join(message("correlate2d", defined("correlate2d", source)).split())
    assert "The result has the shape (2, 2) whatever is handed over" in text


def test_a_result_of_one_size_that_is_right_is_no_finding():
    marks = EXERCISES["receptive_field"].mark(lambda layers: np.zeros(3))
    assert from_the_notebook.find_size(marks) is None
