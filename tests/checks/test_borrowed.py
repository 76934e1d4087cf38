"""Work handed to another function is found, and what was only compared is not."""

import contextlib
import sys

import pytest

from course.checks import EXERCISES
from course.checks.diagnosis import borrowed, from_the_notebook
from course.checks.diagnosis.lending import instead
from course.checks.failure import CheckFailed
from course.checks.self_check import Check

from .trials import answers_to, defined, each, solution, tried


def found(name, source, step=borrowed):
    finding = step.find(tried(name, source))
    return finding.text if finding else ""


FRAMED = "conv_forward(x[None, None], w[None, None], np.full(1, b), stride, padding)[0, 0]"
BIAS = "conv_backward_fast(dy, dy[:, :1], np.zeros((dy.shape[1], 1, 1, 1), dy.dtype))[2]"
TWINS = f"""
correlate2d(x, w, b=0.0): correlate2d_strided(x, w, b)
correlate2d_strided(x, w, b=0.0, stride=1, padding=0): {FRAMED}
conv_forward_loops(x, w, b, REST): conv_forward(x, w, b, stride, padding)
conv_forward(x, w, b, REST): conv_forward_loops(x, w, b, stride, padding)
conv_forward_fast(x, w, b, REST): conv_forward(x, w, b, stride, padding)
conv_backward_bias(dy): {BIAS}
conv_backward_weights_loops(dy, x, k, REST): conv_backward_weights(dy, x, k, stride, padding)
conv_backward_weights(dy, x, k, REST): conv_backward_weights_loops(dy, x, k, stride, padding)
conv_backward_input_scatter(dy, w, n, REST): conv_backward_input_full(dy, w, n, stride, padding)
conv_backward_input_col2im(dy, w, n, REST): conv_backward_input_scatter(dy, w, n, stride, padding)
conv_backward_input_full(dy, w, n, REST): conv_backward_input_col2im(dy, w, n, stride, padding)
"""
"""A right answer that another exercise or the course gives."""


@pytest.mark.parametrize("twin", TWINS.strip().splitlines())
def test_a_right_answer_that_another_function_gives_is_not_right(twin, capsys):
    called, call = twin.replace("REST", "stride=1, padding=0").split(": ", maxsplit=1)
    name, lender = called.partition("(")[0], call.partition("(")[0]
    with pytest.raises(CheckFailed) as failed:
        getattr(Check(), name)(defined(name, f"def {called}:\n    return {call}\n"))
    said = " ".join(str(failed.value).split())
    assert said.startswith(f"{name}: borrowed {name} hands its work to the course's {lender}. ")
    assert said.endswith(instead(EXERCISES[name]))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "name", [name for name in EXERCISES if name not in ("dot_product", "probe")]
)
def test_to_call_the_courses_own_version_is_to_borrow(name):
    called = EXERCISES[name].answer_name
    source = f"theirs = {called}\ndef {called}(*given):\n    return theirs(*given)\n"
    if name.startswith("Mended"):
        method = "forward" if name == "Mended1" else "backward"
        body = f"def {method}(self, given): return Conv2d.{method}(self, given)"
        source = f"class {called}(Conv2d):\n    {body}\n"
    elif EXERCISES[name].is_a_class:
        source = f"class {called}({called}):\n    pass\n"
    imported = "from course.gradcheck import numerical_gradient, relative_error\n"
    assert "the course's" in found(name, imported + source)


@each(EXERCISES, quick=["relu"])
def test_no_right_answer_is_accused(name):
    exercise = EXERCISES[name]
    own = [one.answer(one.text, f"{name} {n}") for n, one in enumerate(exercise.solutions)]
    for answer in (defined(name, solution(name)), *own, *answers_to(name)):
        renamed = type(exercise.answer_name, (answer,), {}) if isinstance(answer, type) else answer
        with contextlib.suppress(AttributeError):  # some are solutions of two exercises
            renamed.__name__ = exercise.answer_name
        assert not found(name, renamed)


CALL = "conv_forward_loops(x, w, b, stride, padding)"
HELPER = "\ndef helper(*given):\n    return conv_forward_loops(*given)\n\n"
SIGNATURE = "(n,c,h,w),(f,c,u,v),(f),(),()->(n,f,i,j)"
IN_WHATEVER_WAY = [
    CALL,
    CALL.replace("conv_forward_loops", "helper"),
    f"np.stack([{CALL.replace('x', 'one[None]')}[0] for one in x])",
    f"np.vectorize(conv_forward_loops, signature={SIGNATURE!r})(x, w, b, stride, padding)",
    "conv_forward_loops(x, w, b)",  # wrong
    "conv_forward_loops(x, w[0], b)",  # crashes
]


@pytest.mark.parametrize("call", IN_WHATEVER_WAY)
def test_ones_own_answer_to_the_twin_is_borrowed_too(call):
    answer = f"def conv_forward(x, w, b, stride=1, padding=0):\n    return {call}\n"
    said = found("conv_forward", solution("conv_forward_loops") + HELPER + answer)
    assert said.startswith("conv_forward hands its work to conv_forward_loops. ")


GRADIENT = (
    "numerical_gradient(lambda w: np.sum(dy * conv_forward(x, w, np.zeros(len(w)), stride, "
    "padding)), np.zeros((dy.shape[1], x.shape[1], *kernel_size)))"
)
SEEN_ONLY = [
    ("conv_forward", f"assert np.allclose(result, {CALL}, atol=1e-4)"),
    ("conv_forward", f"print({CALL}.shape)"),
    ("conv_forward", CALL),
    ("conv_backward_weights", f"print(abs(result - {GRADIENT}).max())"),
    ("conv_backward_weights", f"assert np.allclose(result, {GRADIENT}, atol=0.1)"),
    ("conv_backward_weights", f"assert np.allclose(2 * result, {GRADIENT}, atol=0.1)"),
    ("conv_backward_weights", GRADIENT.replace("x, w", "x, w[0]")),  # crashes
    ("conv_backward_weights", f"result = {GRADIENT}"),
]


@pytest.mark.parametrize(("name", "line"), SEEN_ONLY)
def test_what_is_only_compared_or_looked_at_is_not_borrowed(name, line):
    source = solution(name).replace("    return ", "    result = ")
    source = f"from course.gradcheck import numerical_gradient\n{source}    {line}\n"
    said = found(name, f"{source}    return result\n")
    assert ("the course's numerical_gradient." in said) if line.startswith("result") else not said


def test_a_demonstration_of_another_name_may_borrow_but_a_twin_may_not(message):
    def turned(x, w, b=0.0):
        return theirs(x, w[::-1, ::-1], b)

    theirs = defined("correlate2d", "from course.convolution import correlate2d")
    assert "turned by 180" in message("correlate2d", turned)
    twin = defined("conv_forward_loops", solution("conv_forward_loops"))
    assert "conv_forward_loops is not conv_forward." in message("conv_forward", twin)


@pytest.mark.slow
@pytest.mark.parametrize(
    "call", ["scipy.signal.correlate2d(x, w, 'valid')", "torch.conv2d(t(x), t(w)).numpy()[0, 0]"]
)
def test_other_libraries_are_no_answer_either(call):
    library, module = call.split(".")[0], call.partition("(")[0].rpartition(".")[0]
    pytest.importorskip(module)
    imported = f"import {module}\nt = lambda a: torch.from_numpy(a.copy())[None, None]\n"
    said = found("correlate2d", f"{imported}def correlate2d(x, w, b=0.0):\n    return {call} + b\n")
    assert said.startswith(f"correlate2d hands its work to {library}'s ")


def test_a_profiler_that_runs_already_goes_on():
    calls = []
    sys.setprofile(lambda *event: calls.append(event))
    found("pad2d", solution("pad2d"))
    calls.clear()
    sys.setprofile(None)
    assert calls


# Variables of the notebook ------------------------------------------------------------------------

DOT = "b = np.ones(9)\ndef helper(u):\n    return b[0]\ndef dot_product(u, v):\n    "
RELU = "x = np.ones((2, 2))\nclass ReLU:\n    def forward(self, image):\n        return x\n"
MODEL = "class Model:\n    def forward(self, x):\n        return np.zeros((len(x), 99))\n"
MAP = solution("occlusion_map").replace("whole = predict(", "whole = model.forward(")
READS_B = "reads `b` from the notebook, outside of it. It should work with its arguments only (u,"
READ = [
    ("dot_product", f"{DOT}return sum(b[k] * v[k] for k in range(3))", READS_B),
    ("dot_product", f"{DOT}return [p * q for p, q in zip(u, b)][0]", READS_B),
    ("dot_product", f"{DOT}return (lambda p: np.sum(p * b[: len(p)]))(u[:1])", READS_B),
    ("dot_product", f"{DOT}def inner():\n        return b[0]\n    return inner()", READS_B),
    ("dot_product", f"{DOT}return helper(u)", READS_B),
    ("relu", RELU, "reads `x` from the notebook, outside of it. A layer has its own in self"),
    ("occlusion_map", f"{MODEL}\nmodel = Model()\n{MAP}", "reads `model` from the notebook"),
]


@pytest.mark.parametrize(("name", "source", "words"), READ)
def test_a_variable_of_the_notebook_is_named_however_it_is_read(name, source, words):
    assert words in found(name, source, from_the_notebook)


def test_an_array_of_the_notebook_that_is_written_to_is_told_to_be_made_anew():
    source = solution("correlate2d").replace("    y = np.zeros((oh, ow))\n", "")
    answer = defined("correlate2d", f"y = np.zeros((2, 2))\n{source}")
    before = answer.__globals__["y"]
    said = found("correlate2d", answer, from_the_notebook)
    assert "writes into the notebook's own `y`. Make a new array" in said
    assert answer.__globals__["y"] is before


NO_CAUSE = [
    ("STEPS = 3", "STEPS"),  # a constant
    ("eps = 0.5", "eps"),  # a setting
    ("a = 3", "a[0]"),  # hidden by an argument
    ("c = 3", "0.0 if len(a) else c"),  # not read in this case
    ("c = True", "0.0 * c"),
]


@pytest.mark.parametrize(("variable", "body"), NO_CAUSE)
def test_what_is_no_cause_is_not_named(variable, body):
    source = f"{variable}\ndef dot_product(a, b):\n    return {body}\n"
    assert found("dot_product", source, from_the_notebook) == ""
