"""Whatever is handed in gets a message of its own, and nothing but a message."""

import contextlib
import re
import sys
import textwrap
import warnings
from functools import partial
from typing import Any

import numpy as np
import pytest

from course import nn
from course.checks import EXERCISES, uses
from course.checks.message import LABEL_WIDTH, WIDTH, CheckFailed, NotAttempted
from course.checks.outcome import Outcome
from course.checks.verdict import an_array, judge

from . import trials
from .trials import DIRECT, KINDS, WITH_ARRAYS, cases, changed, defined, each, marks_of, solved

ALWAYS = {"case", "got", "expected", "likely", "so far", "try it"}
ORDER = ["case", "done", "line", "index", "got", "expected", "likely", "so far", "try it"]
NUMBERS = [name for name in DIRECT if not isinstance(trials.expected(name)[0], np.ndarray)]
ARRAYS = [n for n in DIRECT if np.ndim(trials.expected(n)[0]) > 0 and n != "suppress"]  # indices
ANY_DTYPE = {"correlate2d", "pad2d", "correlate2d_strided", "overlap"}
FLOATS = [name for name in ARRAYS if name not in ANY_DTYPE]
KEEP_DTYPE = [name for name in FLOATS if name != "numerical_gradient"]  # always float64
MANY_AXES = [name for name in ARRAYS if trials.expected(name)[0].ndim > 1]
EXACT = [name for name in ARRAYS if EXERCISES[name].tolerance is None]


AlwaysEqualArray = type("AlwaysEqualArray", (trials.AlwaysEqual, np.ndarray), {})


def noise(y: Any) -> Any:
    random = np.random.default_rng(1).random(np.shape(y))
    return random.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(random + 9)


def ends_with(value: float, y: np.ndarray) -> np.ndarray:
    y.flat[-1] = value
    return y


ROUNDED = "right to about six digits"
WRONG = {  # by kind: where it is wrong, headline, what is likely, and how the result becomes it
    "zeros": (DIRECT, "wrong numbers", " 0, ", lambda y: y * 0),
    "noise": (DIRECT, "wrong numbers", " in every case.", noise),
    "None": (DIRECT, "returned None", "Is there a `return`", lambda y: None),
    "a string": (DIRECT, "wrong type", "Return ", lambda y: "1.0"),
    "an unprintable thing": (DIRECT, "wrong type", "Return ", lambda y: trials.Wordless()),
    "an object equal to all": (DIRECT, "wrong type", "Return ", lambda y: trials.AlwaysEqual()),
    "a tuple": (DIRECT, "wrong type", "Return ", lambda y: (y, y)),
    "a function": (DIRECT, "wrong type", "Return ", lambda y: lambda: y),
    "NotImplemented": (DIRECT, "wrong type", "Return ", lambda y: NotImplemented),
    "rows of unequal length": (DIRECT, "wrong type", "", lambda y: [[1.0], [2.0, 3.0]]),
    "nan": (ARRAYS, "not finite", "Dividing by 0", partial(ends_with, np.nan)),
    "inf": (ARRAYS, "not finite", "Dividing by 0", partial(ends_with, -np.inf)),
    "a list": (ARRAYS, "wrong type", "np.array(...)", lambda y: y.tolist()),
    "an array and a cache": (ARRAYS, "wrong type", "A comma", lambda y: (y, {})),
    "a number": (ARRAYS, "wrong type", "the whole array", lambda y: y.flat[0]),
    "a masked array": (ARRAYS, "wrong type", "a plain array", np.ma.masked_array),
    "a matrix": (["im2col"], "wrong type", "a plain array", lambda y: y.view(np.matrix)),
    "equal to all": (ARRAYS, "wrong type", "a plain array", lambda y: y.view(AlwaysEqualArray)),
    "one axis more": (ARRAYS, "wrong shape", "only its shape is different", lambda y: y[None]),
    "a row more": (ARRAYS, "wrong shape", "1 image too many", lambda y: np.append(y, y[:1], 0)),
    "two of all": (ARRAYS, "wrong shape", "where (N, F", lambda y: np.stack([y, y])),
    "one long axis": (MANY_AXES, "wrong shape", "only its shape is different", np.ravel),
    "no numbers": (ARRAYS, "wrong shape", "lacks", lambda y: y[:0]),
    "an array of None": (ARRAYS, "wrong dtype", "objects", lambda y: np.full(y.shape, None)),
    "complex numbers": (ARRAYS, "wrong dtype", "complex", lambda y: y.astype(complex)),
    "truth values": (ARRAYS, "wrong dtype", "True and False", lambda y: y != 0),
    "strings": (ARRAYS, "wrong dtype", "text", lambda y: y.astype(str)),
    "integers": (FLOATS, "wrong dtype", "fractions", lambda y: y.astype(int)),
    "float32": (FLOATS, "wrong dtype", "dtype of the input", lambda y: y.astype("f4")),
    "float64": (KEEP_DTYPE, "wrong dtype", "became float64", lambda y: y.astype("f8")),
    "rounded": (EXACT, "wrong numbers", ROUNDED, lambda y: y.astype("f4").astype(y.dtype)),
    "float indices": (["suppress"], "wrong dtype", "dtype=int", lambda y: y.astype(float)),
    "near": (EXACT, "wrong numbers", ROUNDED, lambda y: y * y.dtype.type(1 + 3e-7)),
    "too large": (EXACT, "wrong numbers", " times 1.001.", lambda y: y * y.dtype.type(1 + 1e-3)),
    "huge numbers": (ARRAYS, "wrong numbers", "", lambda y: np.full(y.shape, 1e300)),
    "a complex number": (NUMBERS, "wrong type", "Return one", complex),
    "a truth value": (NUMBERS, "wrong type", "Return one", bool),
    "a tuple of one": (NUMBERS, "wrong type", "A comma", lambda y: (y,)),
    "an array of one": (NUMBERS, "wrong type", "Return one", lambda y: np.array([y])),
    "an object in an array": (NUMBERS, "wrong type", "", lambda y: np.array(y, object)),
    "a date": (NUMBERS, "wrong type", "", lambda y: np.timedelta64(int(y), "D")),
    "a huge integer": (NUMBERS, "wrong numbers", "", lambda y: 10**9999),
    "not a number": (["dot_product"], "not finite", "", lambda y: np.nan),
    "a float for an integer": (["output_size"], "wrong type", "gives a float", float),
    "a fraction cut off": (["dot_product"], "wrong numbers", "fractions are cut off", int),
}


OF_FUNCTIONS = {kind: [n for n in KINDS[:3] if n in WRONG[kind][0]] for kind in WRONG}
TRIED = [(name, k) for k in WRONG for name in OF_FUNCTIONS[k] or WRONG[k][0][:1]]


@pytest.mark.parametrize(("name", "kind"), TRIED)
def test_a_wrong_result_gets_its_own_message_and_never_a_warning(message, name, kind):
    _, headline, likely, change = WRONG[kind]
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        text = message(name, trials.returning(name, change))
    assert text.headline == headline
    assert likely.strip() in text("likely")
    assert text.labels == [label for label in ORDER if label in text.labels]
    assert ALWAYS <= set(text.labels) <= {*ORDER} - {"done"}
    assert text("got") != text("expected")
    assert len(text("got")) <= 80


@pytest.mark.parametrize(
    ("made", "said"), [("np.empty((oh, ow)) * np.nan", "as_strided"), ("1 / 0.0 ** oh", "Dividing")]
)
def test_what_inf_and_nan_may_come_of_depends_on_what_the_answer_uses(message, made, said):
    answer = solved("correlate2d", f"return y -> return y * {made.replace('0.0', 'np.zeros(1)')}")
    with np.errstate(all="ignore"):
        assert message("correlate2d", answer)("likely").startswith(("np.empty", "Dividing"))
        assert said in message("correlate2d", answer)("likely")


@pytest.mark.slow
@pytest.mark.parametrize("name", DIRECT)
def test_a_wrong_result_is_told_apart_in_every_exercise(name):
    for kind, (names, headline, _, change) in WRONG.items():
        if name in names:
            marks = marks_of(name, trials.returning(name, change))
            assert marks.wrong[0].verdict.kind.value == headline, kind
    if name in MANY_AXES:
        assert marks_of(name, trials.returning(name, np.transpose)).wrong


def test_the_drawing_shows_inputs_and_both_results_and_the_index_the_first_wrong_number(message):
    name, ends = "conv_forward_loops", "return y -> y.flat[[0, -1]] += 1; return y"
    text = message(name, solved(name, ends))
    lines = [line for line in text.partition("\n  likely")[0].splitlines() if line[:12].isspace()]
    assert lines[0].split() == ["x", "w", "b", "got", "right"]
    assert re.fullmatch(r"\[0, 0, 0, 0\]; [12] of [12] numbers are wrong", text("index"))
    assert f"[{text('got')}]" in "".join(lines).replace(" ", "")
    assert "".join(lines).count("[") == int(text("index")[14])


@pytest.mark.parametrize("name", ["im2col", "dot_product"])
def test_the_groups_that_are_not_all_right_are_counted_and_the_others_listed(message, name):
    groups = [case.group for case in cases(name)]
    third = list(dict.fromkeys(groups))[2]
    first, total = groups.index(third), groups.count(third)
    text = message(name, changed(name, lambda y, trial, part: None if trial == first else y))
    others = ", ".join(group for group in dict.fromkeys(groups) if group != third)
    assert text("so far") == f"{third} {total - 1}/{total}; right: {others}"


@each([name for name in ARRAYS if name not in trials.LAYERS])
def test_memory_that_np_empty_finds_holds_no_right_numbers(name):
    for _ in range(5):
        calls = zip(trials.cases(name), trials.expected(name), strict=True)
        twice = [[y] * (1 + (case.use is uses.called_twice)) for case, y in calls]
        shapes = iter([(y.shape, y.dtype) for same in twice for y in same])
        EXERCISES[name].mark(EXERCISES[name].reference)  # leaves the right numbers behind
        marks = EXERCISES[name].mark(lambda *arguments, left=shapes: np.empty(*next(left)))
        assert not any(one.is_right for one in marks.judged if one.expected.size)


def test_an_answer_may_print_return_a_view_or_any_number_and_be_built_in(check, printed):
    answer = solved("correlate2d", "y = np.zeros -> print('here'); y = np.zeros")
    said = printed("check.correlate2d(answer)", answer=answer)
    assert said.startswith("here\n" * 6)
    check.pad2d(solved("pad2d", "H, W = -> if padding == 0: return x[:]\n    H, W ="))
    for convert in (float, np.float64, np.array, np.longdouble):
        check.dot_product(trials.returning("dot_product", convert))
    for convert in (int, np.int64, np.uint8, np.array):
        check.output_size(trials.returning("output_size", convert))
    check.suppress(trials.returning("suppress", lambda kept: kept.astype(np.int32)))
    check.dot_product(np.dot)


def changing(name: str) -> Any:
    """A right answer, but what it is handed is no longer the same."""
    reference = EXERCISES[name].reference

    def adding_one(compute, *arguments):
        result = compute(*arguments)
        for array in (argument for argument in arguments if isinstance(argument, np.ndarray)):
            array += 1
        return result

    if not EXERCISES[name].is_a_class:
        return lambda *arguments: adding_one(reference, *arguments)
    forward = {"forward": lambda layer, *x: adding_one(partial(reference.forward, layer), *x)}
    return type("Layer", (reference,), forward)


@each(WITH_ARRAYS)
def test_a_changed_input_is_reported_even_when_the_result_is_right(message, name):
    text = message(name, changing(name))
    assert text.headline == "changed its input"
    assert text("got").startswith(f"another {trials.first_array(name)} ")
    assert text("expected") == "the same"


@each(trials.ONE_OF_A_KIND)
def test_an_exception_is_shown_with_the_line_of_the_cell_it_comes_from(message, name):
    raises = 'raise ValueError("no such thing")'
    text = message(name, defined(name, source := trials.written(name, raises)))
    assert text.headline == "raised an exception"
    assert text("line") == f"{source.count(chr(10))} of your cell: {raises}"
    assert text("got") == "ValueError: no such thing"
    told = (ALWAYS | {"line"}) - ({"likely"} if name == "probe" else set())
    assert told <= set(text.labels) <= {*ORDER} - {"index"}


def test_an_interrupt_ends_the_check(check):
    with pytest.raises(KeyboardInterrupt):
        check.dot_product(trials.failing("dot_product", KeyboardInterrupt()))


@pytest.mark.parametrize("name", EXERCISES)
def test_the_blank_in_the_notebook_is_not_attempted(check, progress, name):
    blank = defined(name, trials.exercise_cell(trials.PROJECT.notebooks, name))
    with pytest.raises(NotAttempted, match=f"^{name}: not attempted yet\nReplace the line"):
        getattr(check, name)(blank)
    said = progress(EXERCISES[name].lesson)
    assert any(re.fullmatch(rf"{name} 0 of \d+ not attempted", line) for line in said)


Signless = type("Signless", (), {"__signature__": "none", "__call__": trials.fails})


@pytest.mark.parametrize(("answer", "called"), [(max, "max"), (Signless(), "dot_product")])
def test_a_function_of_unknown_parameters_is_called_all_the_same(message, answer, called):
    text = message("dot_product", answer)
    assert text.headline == "raised an exception"
    assert text("try it").startswith(f"{called}(*check.case.values())")


# By line: an exercise, edits of the lesson's answer, the headline, and what is in some facts.
SAID = r"""
pad2d | return -> x.resize(x.size, refcheck=False); return | changed its input \
    | likely: ^Work on a copy: x =
pad2d | return -> x += 1e-9; return | changed its input | likely: ^Work on a copy: x = x.copy()
pad2d | return padded -> return padded * (1 + 1e-8) | wrong numbers | got: ^8.00000008$ \
    | expected: ^8$
pad2d | H, W = -> def f():\n        return np.pad(x, -1)\n    f()\n    H, W = \
    | raised an exception | line: ^3 of your cell: return np.pad(x, -1)$
conv_forward | def con -> def im2col(*a): raise NotImplementedError("im2col")\n\ndef con \
    | raised an exception | got: ^NotImplementedError: im2col$ | likely: still to be written
correlate2d_strided | kh, kw = -> if stride > 1: raise NotImplementedError\n    kh, kw = \
    | not attempted yet | case: stride=2, padding=0
softmax_cross_entropy | np.mean( -> np.inf * np.mean( | not finite | likely: score of its row
softmax_cross_entropy | return -> return scores[:, 0] * | wrong type | likely: over the images
train_step | before = -> before = scores * | wrong type | likely: the number that loss.forward has
linear | np.sqrt -> 3 * np.sqrt | wrong numbers | likely: with n = in_features
linear | np.zeros -> np.arange | wrong dtype | likely: begins with zeros
dot_product | total = -> raise AssertionError # | raised an exception | got: ^AssertionError$
dot_product | total = -> raise MemoryError("8 EiB") # | raised an exception | got: yError: 8 EiB$
dot_product | total = -> raise ValueError(("one" + chr(10) + "two" + chr(10)) * 99) # \
    | raised an exception | got: ^ValueError: one two one two
dot_product | total = -> raise ValueError("begins " + "word " * 99 + " ends with (2,3)") # \
    | raised an exception | got: ^ValueError: begins word | got: d ... w | got: ends with (2,3)$
dot_product | total = -> raise ValueError("begins " + "w" * 999 + " ends with (2,3)") # \
    | raised an exception | got: ^ValueError: begins ww | got:  ...  | got: ends with (2,3)$
dot_product | def dot -> class E(Exception):\n    __str__ = lambda self: 1 / 0\n\ndef dot \
    & total = -> raise E # | raised an exception | got: ^E: (cannot be printed)$
relu | self.positive = -> from course.checks.message import CheckFailed as F; raise F("inside") # \
    | raised an exception | got: ^CheckFailed: inside$
relu | self.positive = -> raise SystemExit(1) # | raised an exception | got: ^SystemExit: 1$ \
    | done: ^y = forward(x)$ | try it: ^check.again(ReLU)
Conv2d | self.x = x\n -> pass\n | raised an exception | likely: has to set self.x = x
Conv2d | NONE & self.dw = c -> dw = c | returned None | likely: dw is still None:
Conv2d | NONE & self.db = c -> db = c | returned None | likely: db is still None:
Conv2d | return conv_b -> return 0, conv_b | wrong type | likely: dx
Conv2d | RuntimeError -> ValueError | wrong numbers | likely: must raise RuntimeError
Conv2d | ZEROS & .dw = c -> .dw += c | wrong dtype | likely: adds its dw to the first one
Conv2d | conv_backward_bias(dy) -> np.array(dy.sum()) | wrong shape | got: ^()$ | expected: ^(1,)$
Conv2d | return conv_b -> dy[...], dy = 0, dy.copy(); return conv_b | changed its input \
    | likely: dy = dy.copy()
Conv2d | normal * np.sqrt( -> np.random.default_rng(rng).uniform(-1, 1, shape) * np.sqrt( \
    | wrong numbers | likely: spread too far or too little
Conv2d | self.db = c -> db = c | raised an exception | line: none \
    | got: ^AttributeError: 'Conv2d' object has no attribute 'db'$ \
    | done: ^db after forward(x) and backward(dy)$ \
    | likely:  has no db. It is to be set there: self.db = ...$
Conv2d | self.x = x\n -> print(lenght)\n | raised an exception | line:  of your cell: print(lenght)$
Conv2d | if self. -> print(lenght)\n        if self. | raised an exception | line: print(lenght)$
Conv2d | forward(x, -> forward(x[0], | raised an exception | got: ^ValueError: \
    | line:  of your cell: return conv_forward(x[0], self.w, self.b, self.stride, self.padding)$
Conv2d | def __init__ -> def f(self, x):\n        x.shpe\n\n    def __init__ \
    & self.x = x\n -> self.f(x)\n | raised an exception | line: x.shpe$ | got: ^AttributeError:
Conv2d | BACKWARD | not attempted yet | done: ^dx = backward(dy), after forward(x)$ \
    | line: raise NotImplementedError("Conv2d | likely: A part is still to be written
Conv2d | FORWARD | not attempted yet | case: none
Conv2d | INIT | not attempted yet | case: none
Conv2d | INIT & FORWARD & BACKWARD | not attempted yet | case: none
Conv2d | stride=1, padding=0, rng=None -> stride | wrong parameters \
    | got: ^Conv2d(in_channels, out_channels, kernel_size, stride)$ \
    | expected: ^Conv2d(in_channels, out_channels, kernel_size, stride, padding, rng)$
relu | parameters = () -> def __init__(self, x): pass | wrong parameters | got: ^ReLU(x)$ \
    | expected: ^ReLU()$
sgd_momentum | return w -> return (w == w.max()) + w | wrong numbers | index: of the new w; 1 of
sgd_momentum | velocity, velocity\n -> velocity, velocity + (velocity == velocity.max())\n \
    | wrong numbers | index: of the new velocity; 1 of
"""
BLANK = 'raise NotImplementedError("Conv2d is not written yet")'
SHORT = {
    "NONE": "(out_channels) -> (out_channels)\n        self.dw = self.db = None",
    "ZEROS": "(out_channels) -> (out_channels)\n        self.dw = self.db = np.zeros(self.w.shape)",
    "INIT": f"shape = -> {BLANK}\n        shape =",
    "FORWARD": f"self.x = x -> {BLANK}",
    "BACKWARD": f"if self. -> {BLANK}\n        if self.",
}


LINES = SAID.replace("\\\n    ", "").strip().splitlines()
QUICK = [line for line in LINES if not line.startswith("Conv2d")]


@each(LINES, QUICK, "line")
def test_what_is_said_of_the_lessons_answer_with_a_place_or_two_changed(message, line):
    name, edits, headline, *facts = line.replace("\\n", "\n").split(" | ")
    edits = " & ".join(SHORT.get(edit, edit) for edit in edits.split(" & "))
    text = message(name, solved(name, edits))
    assert text.headline == headline
    for label, _, words in (fact.partition(": ") for fact in facts):
        shown = f"^{text(label)}$" if label in text.labels else "none"
        assert words.rstrip() in shown


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_no_answer_is_refused_before_anything_is_run(message, name):
    called, must_not_run = EXERCISES[name].answer_name, "(x, *, more): raise AssertionError"
    reference, settings = EXERCISES[name].reference, cases(name)[0].arguments.get("settings", ())
    things, source = [None, 3.0, np.zeros(3), "im2col", ...], f"def {called}{must_not_run}"
    what, of_the_course = "function", [reference]
    if EXERCISES[name].is_a_class:
        things += [reference(*settings), reference.forward, partial(reference), lambda *_: None]
        what, of_the_course = "class", [reference, nn.Conv2d]
        source = f"class {called}:\n    def __init__{must_not_run}".replace("(x", "(self, x")
    asked = f"Give the {what} itself, without calling it: check.{name}({called})"
    for thing in things:
        text = message(name, thing)
        assert text.headline == "wrong type"
        assert " ".join(text.split()).endswith(asked)
    for theirs in of_the_course:
        assert "the course's version, not yours" in message(name, theirs)
    text = message(name, defined(name, source))
    assert text.headline == "wrong parameters"
    assert text("got") == f"{called}(x, *, more)"
    assert text("expected").startswith(f"{called}(")
    assert "`def`" in text("likely")


@each(WITH_ARRAYS)
def test_check_case_holds_the_case_of_the_message_whatever_a_call_does_to_it(message, check, name):
    text = message(name, changed(name, lambda value, trial, part: value if trial < 2 else None))
    described, before, after = text("case"), check.case, check.case
    assert list(before) == list(cases(name)[2].arguments)
    given = {k: v for k, v in before.items() if isinstance(v, np.ndarray)}
    shown = [f"{k} {v.shape} {v.dtype}" in described for k, v in given.items()]
    assert " ... " in described or all(shown)
    first = trials.first_array(name)
    after[first][...] = np.nan
    np.testing.assert_array_equal(check.case[first], before[first])


def test_a_case_that_cannot_be_wrong_again_is_the_first_wrong_one(message, check):
    """Of an answer that is wrong once, no smaller case is found."""
    message("conv_forward", changed("conv_forward", lambda y, trial, part: y + 7 * (trial == 5)))
    first = cases("conv_forward")[5].arguments
    assert all(map(trials.same, check.case.values(), first.values()))


@pytest.mark.parametrize("parameters", ["x, padding", "image, p"])
def test_the_line_to_try_works_for_any_names_of_the_parameters(message, check, parameters):
    x = parameters.split(",")[0]
    answer = defined("pad2d", f"def pad2d({parameters}): return {x} * 3")
    call = message("pad2d", answer)("try it").partition(" runs this very case again")[0]
    result = eval(call, {"pad2d": answer, "check": check})
    np.testing.assert_array_equal(result, check.case["x"] * 3)


PAD2D = "def pad2d(x, padding):\n    last = len(x) + padding\n    return x[last]\n"
CONV2D = "from course.nn import Conv2d as Right\nclass Conv2d(Right):\n    "
CONV2D += "def backward(self, dy):\n        return self.y\n"
IN_IPYTHON = [
    (PAD2D, "check.pad2d(pad2d)", "pad2d(**check.case)", IndexError, "3 of your cell: return x[l"),
    (CONV2D, "check.Conv2d(Conv2d)", "check.again(Conv2d)", AttributeError, "4 of your cell: ret"),
]


@pytest.mark.parametrize(("cell", "line", "again", "error", "words"), IN_IPYTHON)
def test_ipython_shows_the_message_alone_and_runs_the_line_to_try(
    shell, capsys, cell, line, again, error, words
):
    shell.run_cell(cell)
    result = shell.run_cell(line)
    printed = trials.plain("".join(capsys.readouterr()))
    assert printed.strip() == str(result.error_in_exec)
    assert isinstance(result.error_in_exec, CheckFailed)
    assert "Traceback" not in printed
    assert "course/checks" not in printed
    assert f"{again} runs this very case again" in printed
    assert words in printed
    assert isinstance(shell.run_cell(again).error_in_exec, error)


def test_in_colour_wrong_numbers_are_marked_and_nothing_else_is_different(shell, capsys):
    shell.run_cell("def correlate2d(x, w, b=0.0):\n    return x[2:, 2:] + b")
    result = shell.run_cell("check.correlate2d(correlate2d)")
    printed = "".join(capsys.readouterr())
    assert "\x1b[" in printed
    colourless, message = trials.plain(printed).split(), str(result.error_in_exec)
    assert colourless == re.sub(r"\[ *(-?[\d.]+)\]", r" \1 ", message).split()


REFUSED = {
    "check.pad2dd": "no exercise is called pad2dd; did you mean check.pad2d?",
    "check.zzz": "no exercise is called zzz\n",
    "check.pad2d()": "pad2d: wrong type\nGive the function itself, without calling it: ",
}


@pytest.mark.parametrize("source", REFUSED)
def test_ipython_shows_every_refusal_alone(shell, capsys, source):
    shell.run_cell(source)
    printed = trials.plain("".join(capsys.readouterr()))
    assert printed.startswith(REFUSED[source])
    assert "Traceback" not in printed


def test_progress_counts_what_the_last_checks_said(check, quick, progress):
    for name, line in (("pad2d", "raise NotImplementedError"), ("correlate2d_strided", "return")):
        with pytest.raises(CheckFailed):
            getattr(check, name)(defined(name, trials.written(name, line)))
    assert " | ".join(progress("02")) == (
        "output_size 0 of 2 not checked yet | pad2d 0 of 2 not attempted | "
        "correlate2d_strided 0 of 3 wrong | together 0 of 7"
    )
    assert progress("99") == ["There are no exercises in lesson 99."]


def test_what_has_another_name_or_is_no_answer_leaves_it_alone(check, quick, progress):
    blank = trials.failing("dot_product", NotImplementedError())
    blank.__name__ = "blank"
    others = [lambda a, b: 0, lambda a, b: a @ b, np.sum, np.dot, blank, 3]
    for before in ("not checked yet", "right"):
        for shown_off in (*others, EXERCISES["dot_product"].reference):
            with contextlib.suppress(CheckFailed):
                check.dot_product(shown_off)
            assert progress("00")[0].endswith(f" of 1 {before}")
        check.dot_product(solved("dot_product"))
    assert progress("00") == ["dot_product 1 of 1 right", "together 1 of 1"]


def test_an_old_python_or_numpy_is_refused_in_plain_words(check, monkeypatch, capsys):
    for version in ("2.0.0", "2.10.1", "3.0.0.dev0+git", np.__version__):
        monkeypatch.setattr(np, "__version__", version)
        check.environment()
        assert "You can begin" in capsys.readouterr().out
    for version, short in (("1.26.4", "1.26"), ("1.9.0", "1.9"), ("0.1.dev0", "0.1")):
        monkeypatch.setattr(np, "__version__", version)
        with pytest.raises(CheckFailed, match=f"^NumPy {short} is too old: the course needs 2.0"):
            check.environment()
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(CheckFailed, match=r"Python 3\.10 is too old: the course needs 3\.11"):
        check.environment()


def test_a_zero_has_no_sign():
    verdict = judge(Outcome(np.array([1.0])), np.array([-0.0]), an_array(True), 1e-9)
    assert (verdict.got, verdict.expected) == ("1", "0")


def test_the_hints_of_an_exercise_fit_on_a_screen_whole():
    hints = [hint for exercise in EXERCISES.values() for hint in exercise.hints.values()]
    assert hints
    assert max(len(textwrap.wrap(hint, WIDTH - LABEL_WIDTH)) for hint in hints) <= 3
