"""What students read about the functions they import: complete, and with examples that run."""

import doctest
import importlib
import inspect
import re

import numpy as np
import pytest

from course.authoring.site import reference
from course.checks.self_check import Check
from course.gradcheck import GradientError

FUNCTIONS = {
    f"{part}.{name}": value
    for part in reference.PARTS
    for module in [importlib.import_module(f"course.{part}")]
    for name in reference.offered(module)
    if callable(value := getattr(module, name))
} | {"checks.check": Check}
RESULTS = {"nn.History", "data.Part", "data.Dataset", "show.Bench", "show.Picture"}
WITHOUT_EXAMPLE = RESULTS | {"nn.load", "gradcheck.GradientError"}
"""What functions with an example return or raise, and the other half of save."""
_SECTIONS = "Args|Attributes|Returns|Yields|Raises|Example|References"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class WithoutColour(doctest.OutputChecker):
    def check_output(self, want, got, optionflags):
        return super().check_output(want, _COLOUR.sub("", got), optionflags)


def section(value, name):
    """The lines of one section of a docstring; none where it has no such section."""
    text = f"{inspect.getdoc(value)}\n"
    found = re.search(rf"^{name}:\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return [line[4:] for line in found[1].splitlines()] if found else []


def members(value):
    """A function itself; a class with its public methods."""
    own = vars(value).items() if inspect.isclass(value) else ()
    methods = [v for n, v in own if inspect.isfunction(v) and not n.startswith("_")]
    return methods if value is GradientError else [value, *methods]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_run_and_give_what_they_say(name):
    value = FUNCTIONS[name]
    module = importlib.import_module(value.__module__)
    names = vars(module) | {"np": np}
    examples = doctest.DocTestFinder(recurse=False).find(value, name, module, names)
    runner = doctest.DocTestRunner(WithoutColour())
    tried = sum(len(example.examples) for example in examples)
    assert bool(tried) == (name not in WITHOUT_EXAMPLE)
    for example in examples:
        said = []
        assert runner.run(example, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_are_described_by_their_names_and_in_their_order(name):
    for value in members(FUNCTIONS[name]):
        lines = section(value, "Args")
        described = [line.partition(":")[0] for line in lines if re.match(r"\w+: ", line)]
        taken = [n for n in inspect.signature(value).parameters if n != "self"]
        if described:
            assert described == taken, value
        else:
            text = inspect.getdoc(value)
            assert not taken or re.search(r"Takes\b|As for|Attributes:", text), value


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sections_have_the_names_that_napoleon_knows(name):
    for value in members(FUNCTIONS[name]):
        text = inspect.getdoc(value)
        headings = re.findall(r"^(\w+):$", text, re.MULTILINE)
        assert headings == sorted(headings, key=_SECTIONS.split("|").index)
        assert not re.search(r"^(\w+|\w+, \w+) {2,}\S", text, re.MULTILINE), "columns"
        if inspect.isfunction(value) and section(value, "Args"):
            returns = inspect.signature(value).return_annotation not in (None, "None")
            assert bool(section(value, "Returns")) == returns, value
