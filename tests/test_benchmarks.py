import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from benchmarks import figures, measuring, report
from benchmarks.__main__ import clean_environment, growing
from benchmarks.measuring import Effort
from benchmarks.rivals import (
    BACKWARD,
    BOTH,
    FAST,
    FORWARD,
    INPUT,
    PASSES,
    PYTORCH,
    RIVALS,
    WEIGHTS,
)
from benchmarks.shapes import SHAPES, TINY, Shape, arrays_of, with_height, with_images

pytestmark = pytest.mark.torch  # which is the reference where it is installed

ROOT = Path(__file__).parents[1]
SMALL = Shape("b", (3, 2, 7, 6), (4, 2, 3, 2), 2, 1)
POINTS = Shape("g", (2, 5, 4, 3), (3, 5, 1, 1), 1, 0)
ONCE = Effort(rounds=2, seconds=0.0, slow=100.0)


def run_of(*shapes):
    """What one process measures, without the process."""
    results = [record for shape in shapes for record in measuring.compare(shape, 1, ONCE)]
    return {
        **measuring.surroundings(1, ["OPENBLAS_CORETYPE=Haswell"]),
        "load": 0.5,
        "product_speed": 100.0,
        "results": results,
        "growth": measuring.growth([Shape("N=1", *SMALL[1:]), Shape("H=7", *SMALL[1:])], 1, ONCE),
    }


@pytest.fixture(scope="module")
def run():
    return run_of(TINY, SMALL, POINTS)


# what is measured


def gradients(result):
    """dx and dw of a backward pass that returns dx, dw, db or (dx, (dw, db))."""
    dx, *rest = result
    return dx, rest[0][0] if isinstance(rest[0], tuple) else rest[0]


@pytest.mark.parametrize("shape", [TINY, SMALL, POINTS], ids=str)
@pytest.mark.parametrize("name", RIVALS)
def test_every_rival_computes_what_the_lesson_does(name, shape):
    arrays = arrays_of(shape)
    calls, expected = RIVALS[name](shape, arrays, 1), RIVALS["lesson"](shape, arrays, 1)
    if name == PYTORCH:
        pytest.importorskip("torch")
    for kind, call in calls.items():
        if kind in (FORWARD, INPUT):
            pairs = [(call(), expected[kind]())]
        elif kind == WEIGHTS:
            pairs = list(zip([g for g in call() if g is not None], expected[kind](), strict=False))
            pairs = pairs if name != PYTORCH else pairs[:1]
        elif kind == BACKWARD:
            pairs = list(zip(gradients(call()), gradients(expected[kind]()), strict=True))
        else:
            pairs = []
        for got, right in pairs:
            got = [part for part in got if part is not None] if isinstance(got, tuple) else [got]
            np.testing.assert_allclose(np.asarray(got[0]), right, rtol=0, atol=1e-4)


def test_each_rival_has_the_passes_it_can_tell_apart():
    arrays = arrays_of(SMALL)
    calls = {name: set(rival(SMALL, arrays, 1)) for name, rival in RIVALS.items()}
    assert calls["loops"] == set()
    assert calls["SciPy"] == {FORWARD}
    assert calls["lesson"] == calls["published"] == set(PASSES)
    assert calls["blocked"] == calls[FAST] == {FORWARD, BACKWARD, BOTH}
    assert set(RIVALS["loops"](TINY, arrays_of(TINY), 1)) == set(PASSES)


def test_the_published_im2col_holds_its_columns_in_float64():
    arrays = arrays_of(SMALL)
    assert RIVALS["published"](SMALL, arrays, 1)[FORWARD]().dtype == np.float64
    assert RIVALS[FAST](SMALL, arrays, 1)[FORWARD]().dtype == np.float32


def test_the_shapes_are_those_of_the_course_and_know_their_output_and_operations():
    assert [shape.name for shape in SHAPES] == list("bcdefg")
    assert [shape.y[2:] for shape in SHAPES] == [
        (16, 16),
        (56, 56),
        (14, 14),
        (112, 112),
        (8, 8),
        (28, 28),
    ]
    assert SHAPES[1].operations == 2 * 8 * 64 * 56 * 56 * 64 * 9
    assert str(TINY) == "(a) x(2,3,8,8) w(4,3,3,3) stride 1 padding 1"
    for shape in (*SHAPES, TINY):
        arrays = arrays_of(shape._replace(x=(1, *shape.x[1:])))
        assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_what_grows_is_the_batch_or_the_image_alone():
    assert {with_images(N).x[1:] for N in (1, 64)} == {(64, 56, 56)}
    assert {with_height(H).x[:2] for H in (14, 224)} == {(8, 64)}
    names = [shape.name for shape in growing(quick=False)]
    assert {"N=1", "N=64", "H=14", "H=224"} <= set(names)
    assert {shape.name for shape in growing(quick=True)} < set(names)


# how it is measured


def test_calls_take_turns_after_one_call_each_to_warm_up():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    times = measuring.alternate(calls, Effort(rounds=3, seconds=9.0, slow=9.0))
    assert "".join(order) == "ab" + "ab" + "ba" + "ab"
    assert [len(taken) for taken in times.values()] == [3, 3]


@pytest.mark.parametrize(("threads", "turn"), [(1, ["call"]), (2, ["rest", "call", "call"])])
def test_threads_of_the_call_before_have_come_to_rest(threads, turn):
    order = []
    calls = dict.fromkeys("ab", lambda: order.append("call"))
    with mock.patch.object(measuring, "spin", side_effect=lambda: order.append("rest")):
        times = measuring.alternate(calls, Effort(rounds=3, seconds=9.0, slow=9.0), threads)
    assert order == ["call", "call"] + 6 * turn  # the first of each warms up
    assert [len(taken) for taken in times.values()] == [3, 3]


def test_a_rest_keeps_the_processor_at_work(monkeypatch):
    monkeypatch.setattr(measuring, "SPIN", 0.05)
    before, cpu = time.perf_counter(), time.process_time()
    measuring.spin()
    assert time.perf_counter() - before >= 0.05
    assert time.process_time() - cpu > 0.01


def test_a_slow_call_is_made_once_and_counts():
    order = []
    calls = {"a": lambda: order.append("a")}
    times = measuring.alternate(calls, Effort(rounds=3, seconds=9.0, slow=0.0))
    assert (order, len(times["a"])) == (["a"], 1)


def test_ratios_are_those_within_a_round():
    assert measuring.ratio([2.0, 30.0, 8.0], [1.0, 10.0, 8.0]) == 2
    assert measuring.ratio([6.0], [1.0, 2.0, 9.0]) == 3


def test_extra_memory_leaves_out_the_result():
    def call():
        buffer = np.ones(1_000_000, dtype=np.uint8)
        return (np.copy(buffer[:500_000]), (np.copy(buffer[:100_000]),))

    assert measuring.extra_bytes(call) == pytest.approx(1_000_000, rel=0.02)


def test_the_environment_is_clean_and_what_was_removed_is_known(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("OPENBLAS_", "OMP_", "MKL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    environment, removed = clean_environment(2)
    assert removed == ["OMP_NUM_THREADS=7", "OPENBLAS_CORETYPE=Haswell"]
    assert "OPENBLAS_CORETYPE" not in environment
    assert {k: v for k, v in environment.items() if k.endswith("_NUM_THREADS")} == {
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "2",
    }


# what is reported

RESULT = {
    "shape": str,
    "rival": str,
    "pass": str,
    "milliseconds": float,
    "rounds": int,
    "ratio": float | None,
    "share": float,
    "extra_bytes": int | None,
}
GROWTH = {
    "shape": str,
    "rival": str,
    "images": int,
    "height": int,
    "milliseconds_per_image": float,
    "nanoseconds_per_pixel": float,
}
RUN = {
    "threads": int,
    "machine": str,
    "processor": str,
    "cores": int,
    "system": str,
    "python": str,
    "versions": dict,
    "blas": list,
    "environment": dict,
    "removed": list,
    "load": float | None,
    "product_speed": float,
    "results": list,
    "growth": list,
}


def assert_schema(record, schema):
    assert set(record) == set(schema)
    for key, kind in schema.items():
        assert isinstance(record[key], kind), key
        assert not isinstance(record[key], float) or math.isfinite(record[key]), key


def assert_run(run):
    assert_schema(run, RUN)
    assert set(run["versions"]) == {"numpy", "scipy", "torch"}
    for lib in run["blas"]:
        assert set(lib) == {"internal_api", "version", "architecture", "threads"}
    reference = report.select(run, rival=report.reference(run))
    measured = {(record["shape"], record["pass"]) for record in reference}
    for record in run["results"]:
        assert_schema(record, RESULT)
        assert record["rival"] in RIVALS
        assert record["pass"] in PASSES
        assert min(record["milliseconds"], record["share"], record["rounds"]) > 0
        # Without PyTorch the fast layer is the reference, which cannot tell all passes apart.
        assert (record["ratio"] is None) == ((record["shape"], record["pass"]) not in measured)
        assert record["ratio"] is None or record["ratio"] > 0
    for record in run["growth"]:
        assert_schema(record, GROWTH)


def test_the_records_have_their_keys_and_one_for_each_rival_shape_and_pass(run):
    assert_run(run)
    keys = [(r["shape"], r["rival"], r["pass"]) for r in run["results"]]
    assert len(set(keys)) == len(keys)
    assert {r["shape"] for r in run["results"]} == {"a", "b", "g"}
    assert {r["rival"] for r in run["results"]} >= set(RIVALS) - {PYTORCH}
    for shape in "abg":
        reference = report.select(run, shape=shape, rival=report.reference(run))
        assert {r["ratio"] for r in reference} == {1.0}
        assert {r["pass"] for r in reference} == set(PASSES) or report.reference(run) == FAST


def test_the_tables_have_a_row_for_each_rival_and_a_column_for_each_pass(run):
    *shapes, means, growth = report.tables(run)
    assert growth.row_count == 2 * len({record["rival"] for record in run["growth"]})
    assert [table.title[:3] for table in shapes] == ["(a)", "(b)", "(g)"]
    for table, name in zip(shapes, "abg", strict=True):
        rivals = {r["rival"] for r in report.select(run, shape=name)}
        assert list(table.columns[0].cells) == [rival for rival in RIVALS if rival in rivals]
        assert len(table.columns) == 1 + len(PASSES) + 3
    assert len(means.columns) == 4
    assert FAST in means.columns[0].cells
    assert "loops" not in means.columns[0].cells


def test_the_table_for_documents_has_a_row_for_each_rival_with_both_passes(run):
    head, rule, *rows = report.markdown(run).splitlines()
    assert head == "| forward + backward, threads: 1 | b | g | geometric mean |"
    assert rule == "|---|---:|---:|---:|"
    with_both = {r["rival"] for r in report.select(run, **{"pass": BOTH})} - {"loops"}
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [
        rival for rival in RIVALS if rival in with_both
    ]
    assert {row.count("|") for row in rows} == {5}


def test_the_mean_is_geometric_and_leaves_the_tiny_shape_out():
    def record(shape, ratio):
        return {"shape": shape, "rival": FAST, "pass": BOTH, "ratio": ratio}

    run = {"results": [record("a", 100.0), record("b", 0.5), record("c", 8.0)]}
    assert report.mean_ratio(run, FAST, BOTH) == pytest.approx(2)
    assert report.mean_ratio(run, "lesson", BOTH) is None
    run["results"].append({"shape": "d", "rival": "lesson", "pass": BOTH, "ratio": 1.0})
    assert report.mean_ratio(run, FAST, BOTH) is None
    run["results"].append(record("d", None))
    assert report.mean_ratio(run, FAST, BOTH) is None


@pytest.mark.parametrize(
    ("exponent", "verdict"), [(1, "linear"), (1.1, "linear"), (1.5, "faster"), (0.5, "slower")]
)
@pytest.mark.parametrize("prefix", ["N=", "H="])
def test_growth_is_judged_by_its_power(prefix, exponent, verdict):
    unit, size = report.GROWTH[prefix]
    records = []
    for value in (1, 2, 8, 64):
        pixels = value**2 if prefix == "H=" else value
        cost = 3.0 * pixels**exponent / pixels
        record = {"shape": f"{prefix}{value}", "rival": FAST, size: value, unit: cost}
        records.append(record)
    line = report.judged({"growth": records}, prefix, FAST)
    assert line["power"] == pytest.approx(exponent)
    assert line["verdict"] == verdict
    assert line["sizes"] == f"{prefix}1 to 64"


def test_the_heading_names_machine_versions_kernel_threads_and_settings(run):
    heading = report.heading(run)
    assert run["machine"] in heading
    assert run["processor"] in heading
    assert f"numpy {np.__version__}" in heading
    assert "threads: 1" in heading
    assert "removed: OPENBLAS_CORETYPE=Haswell" in heading
    for lib in run["blas"]:
        assert str(lib["architecture"]) in heading
    assert "removed" not in report.heading(run | {"removed": []})


@pytest.mark.slow
def test_files_are_written_and_can_be_read_back(run, tmp_path):
    whole = {"date": "2025-01-31", "quick": True, "runs": [run, run | {"threads": 2}]}
    report.write(whole, tmp_path / "new")
    figures.draw(whole, tmp_path / "new")
    names = {path.name for path in (tmp_path / "new").iterdir()}
    figures_of_it = {"bars.png", "growth.png", "readme.png"}
    assert names == {"results.json", "table.md"} | figures_of_it
    assert json.loads((tmp_path / "new" / "results.json").read_text(encoding="utf-8")) == whole
    assert report.markdown(run) in (tmp_path / "new" / "table.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_measures_in_processes_of_their_own(tmp_path):
    words = [
        "--quick",
        "--shape",
        "a",
        "--no-growth",
        "--threads",
        "1",
        "--threads",
        "2",
        "--output",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_CORETYPE": "Haswell"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    whole = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert set(whole) == {"date", "quick", "runs"}
    for run, threads in zip(whole["runs"], (1, 2), strict=True):
        assert_run(run)
        assert run["threads"] == threads
        assert run["environment"]["OMP_NUM_THREADS"] == str(threads)
        assert "OPENBLAS_CORETYPE=Haswell" in run["removed"]
        assert "OPENBLAS_CORETYPE" not in run["environment"]
        assert {lib["threads"] for lib in run["blas"]} <= {1, threads}
    assert "(a) x(2,3,8,8)" in done.stdout


@pytest.mark.parametrize("document", ["README.md", "lessons/14_making_it_fast.md"])
def test_the_quoted_table_has_the_rows_and_columns_that_the_script_prints(document):
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("| forward + backward"))
    header = [cell.strip() for cell in lines[start].strip("|").split("|")]
    assert header[1:] == [*(shape.name for shape in SHAPES), "geometric mean"]
    rows = [line.strip("|").split("|") for line in lines[start + 2 : start + 7]]
    names = ["lesson", "published", "blocked", "fast", PYTORCH]  # without "no Winograd"
    assert [row[0].strip() for row in rows] == names
    for row in rows:
        numbers = np.array(row[1:], dtype=float)
        assert abs(math.log(numbers[-1]) - np.mean(np.log(numbers[:-1]))) < 0.02
