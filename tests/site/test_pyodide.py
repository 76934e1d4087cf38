"""Where Pyodide comes from: every file is checked, wherever that is."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from course.authoring.site import pyodide
from course.authoring.site.pyodide import LOCK, Pyodide, PyodideUnavailableError, closure, obtain
from course.project import CourseError, find_project

CONTENTS = {"core.wasm": b"core", "one-1.whl": b"one", "two-2.whl": b"two", "other.whl": b"other"}


def digest(content):
    return sha256(content).hexdigest()


@pytest.fixture
def given(tmp_path):
    """A folder with a release: package one needs Two, and nobody asks for the other."""
    packages = {
        "one": {"file_name": "one-1.whl", "depends": ["Two"]},
        "two": {"file_name": "two-2.whl", "depends": []},
        "other": {"file_name": "other.whl", "depends": []},
    }
    for package in packages.values():
        package["sha256"] = digest(CONTENTS[package["file_name"]])
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    (folder / LOCK).write_text(json.dumps({"packages": packages}))
    return folder


@pytest.fixture
def release(given):
    core = {name: digest((given / name).read_bytes()) for name in (LOCK, "core.wasm")}
    return Pyodide("1.0", f"{given.as_uri()}/", ("one",), core, {})


@pytest.mark.parametrize("by_address", [True, False])
def test_what_is_wanted_is_fetched_and_nothing_else(given, release, tmp_path, by_address):
    folder = obtain(release, tmp_path / "cache", None if by_address else given)
    names = {path.name for path in folder.iterdir()}
    assert names == {LOCK, "core.wasm", "one-1.whl", "two-2.whl"}
    assert (folder / "two-2.whl").read_bytes() == b"two"


def test_what_is_there_is_not_fetched_again_unless_it_has_changed(given, release, tmp_path):
    folder = obtain(release, tmp_path / "cache", given)
    (given / "core.wasm").unlink()
    assert obtain(release, tmp_path / "cache", given) == folder
    (folder / "core.wasm").write_bytes(b"changed")
    with pytest.raises(PyodideUnavailableError, match=r"core\.wasm"):
        obtain(release, tmp_path / "cache", given)


@pytest.mark.parametrize("name", [LOCK, "core.wasm", "two-2.whl"])
def test_a_file_that_is_not_what_it_should_be_is_refused(given, release, tmp_path, name):
    (given / name).write_bytes((given / name).read_bytes() + b" ")
    with pytest.raises(CourseError, match="is not what it should be"):
        obtain(release, tmp_path / "cache", given)
    assert not (tmp_path / "cache" / "1.0" / name).exists()


def test_a_wheel_that_pip_cannot_fetch_is_said(given, release, tmp_path, monkeypatch):
    wanted = replace(release, wheels={"no-such-package": ("1", "0" * 64)})
    monkeypatch.setattr(pyodide.sys, "executable", "false")
    with pytest.raises(PyodideUnavailableError, match="no-such-package 1"):
        obtain(wanted, tmp_path / "cache", given)


def test_site_pyodide_toml_names_all_that_is_needed():
    release = Pyodide.of(find_project())
    assert release.version in release.address
    assert LOCK in release.core
    assert set(release.wheels) >= {"termcolor", "tqdm"}


def test_dependencies_are_followed_under_whatever_name():
    listed = {"a-b": {"depends": ["c"]}, "c": {"depends": ["A_B"]}, "d": {"depends": []}}
    assert closure(("A_b",), listed) == ["a-b", "c"]
