"""Both parsers of the command line read the same options from every line that they accept."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pochade.apps.cli import full, lean
from pochade.apps.operations import OPERATIONS, Operation, Request
from pochade.apps.quantize_files import FileOptions
from pochade.errors import UsageError
from pochade.options import Declared, declared, whole_number
from pochade.quantize_options import K_RULES, QuantizeOptions

VALID = {
    "k": st.one_of(st.integers(1, 65536).map(str), st.sampled_from(K_RULES)),
    "protect": st.sampled_from(["#e4002b", "fff", "#01020304"]),
    "quality": st.tuples(st.integers(0, 60), st.integers(60, 100)).map("{0[0]}-{0[1]}".format),
    "target_de": st.floats(0, 100).map(str),
    "max_bytes": st.sampled_from(["1", "20k", "1M", "1.5MiB"]),
    "max_pixels": st.sampled_from(["1", "20k", "100M"]),
    "iters": st.integers(0, 300).map(str),
    "seed": st.integers(0, 2**40).map(str),
    "threads": st.integers(1, 64).map(str),
    "dither_strength": st.floats(0, 1).map(str),
    "region": st.sampled_from(["0,0,1,1", "10,20,300,200"]),
    "strength": st.floats(0, 1).map(str),
    "white": st.one_of(st.integers(0, 255).map(str), st.just("auto")),
    "black": st.one_of(st.integers(0, 255).map(str), st.just("auto")),
    "saturation": st.sampled_from(["20-100", "0-50.5", "auto"]),
    "hue": st.sampled_from(["0-360", "330-30", "auto"]),
    "isolated": st.sampled_from(["8", "255", "auto"]),
    "specks": st.sampled_from(["1", "65534", "auto"]),
    "speck_step": st.integers(1, 254).map(str),
    "rare": st.sampled_from(["0.001", "0.1%", "auto"]),
    "grain": st.sampled_from(["1", "64", "auto"]),
    "resize": st.sampled_from(["800", "640x480", "640x480!", "800!"]),
    "turn": st.sampled_from(["0", "45.5", "360"]),
    "tilt": st.sampled_from(["18", "90"]),
    "size": st.sampled_from(["300", "640x480"]),
}
# Where one operation takes other values than another for an option of the same name.
VALID_IN = {
    ("sweep", "k"): st.sampled_from(["2:15", "4:64:4", "2,4,8", "7"]),
    ("sweep", "iters"): st.sampled_from(["25", "25,50,100", "3,1"]),
    ("sweep", "frame_time"): st.floats(0, 65535).map(str),
    ("sweep", "hold"): st.floats(0, 65535).map(str),
    ("sweep", "loop"): st.integers(0, 65535).map(str),
    ("recolor", "k"): st.integers(1, 256).map(str),
    ("segment", "n"): st.integers(1, 9999).map(str),
    ("segment", "threshold"): st.floats(0, 1e6).map(str),
    ("segment", "min_area"): st.integers(1, 9999).map(str),
    ("segment", "compactness"): st.floats(0, 1000).map(str),
    ("segment", "position"): st.floats(0, 1000).map(str),
    ("segment", "bulk"): st.floats(0.01, 1).map(str),
    ("segment", "finish_size"): st.integers(1, 25).map(lambda half: str(2 * half + 1)),
    ("segment", "finish_temperature"): st.floats(0.01, 1000).map(str),
    ("segment", "line"): st.sampled_from(["#e4002b", "fff"]),
    ("segment", "line_width"): st.integers(1, 100).map(str),
    ("segment", "opacity"): st.floats(0, 1).map(str),
    ("segment", "smooth"): st.floats(0, 10).map(str),
    ("segment", "colors"): st.integers(1, 99).map(str),
    ("segment", "dpi"): st.integers(50, 600).map(str),
    ("table", "k"): st.integers(1, 32767).map(str),
    ("table", "columns"): st.sampled_from(["r,g,b,x,y", "oklab,xy", "x,y,lab", "rgb,xy"]),
    ("table", "add"): st.sampled_from(["lab", "lab,oklab", "scaled"]),
    ("table", "weight"): st.sampled_from(["r=2", "r=2,g=0.5"]),
    ("table", "position_weight"): st.floats(1e-3, 1e3).map(str),
    ("table", "size"): st.sampled_from(["1x1", "640x480"]),
    ("edges", "window"): st.sampled_from(["3", "5", "255", "5,9,17"]),
    ("edges", "lightness"): st.floats(0, 1).map(str),
    ("edges", "noise"): st.one_of(st.just("auto"), st.floats(0, 99).map(str)),
    ("edges", "surround"): st.floats(0, 1).map(str),
    ("edges", "low"): st.floats(0, 9).map(str),
    ("edges", "high"): st.floats(9, 99).map(str),
    ("edges", "min_length"): st.integers(1, 99).map(str),
    ("edges", "edge_color"): st.sampled_from(["#e4002b", "fff", "#01020304"]),
    ("edges", "line_width"): st.integers(1, 64).map(str),
    ("edges", "white"): st.floats(1e-3, 500).map(str),
    ("cutout", "fg"): st.sampled_from(["0,0", "120,80"]),
    ("cutout", "bg"): st.sampled_from(["7,9", "640,480"]),
    ("cutout", "box"): st.sampled_from(["0,0,1,1", "10,20,300,200"]),
    ("cutout", "background_color"): st.sampled_from(["auto", "#00b140", "white"]),
    ("cutout", "tolerance"): st.floats(0, 100).map(str),
    ("cutout", "prior"): st.just("rembg"),
    ("cutout", "feather"): st.integers(1, 200).map(str),
    ("cutout", "min_confidence"): st.floats(0, 1).map(str),
    ("paint", "level"): st.one_of(st.just("auto"), st.floats(0, 1).map(str)),
    ("paint", "lay_on"): st.sampled_from(["#e4002b", "fff"]),
    ("paint", "paper_color"): st.just("#f7f3ea"),
    ("paint", "size"): st.sampled_from(["3000", "640x480", "40x30cm", "a3"]),
    ("paint", "set"): st.sampled_from(["softness=0.2", "look.relief=1", "solve=false"]),
    ("paint", "dab"): st.sampled_from(["10,20,5,0.5", "0,0,1,-1"]),
    ("paint", "undo"): st.integers(0, 9).map(str),
    ("paint", "redo"): st.integers(0, 9).map(str),
}


def between(item: Declared) -> st.SearchStrategy[str]:
    """Any number in the range of an option, from 0 on: one below may be taken for a flag."""
    low, high = item.option.minimum, item.option.maximum
    assert low is not None
    assert high is not None
    low = max(0, low)
    if item.option.parse is whole_number:
        return st.integers(int(low), int(high)).map(str)
    return st.floats(low, high).map(str)


VALID_IN |= {
    (row.name, item.name): between(item)
    for row in OPERATIONS
    if row.name in {"compare", "paint"}
    for kind in row.options
    for item in declared(kind)
    if item.option.minimum is not None and item.option.maximum is not None
}
VALID_IN |= {
    ("compare", "engines"): st.sampled_from(["native", "reference,native", "torch:cpu"]),
    ("compare", "limit"): st.floats(1, 3600).map(str),
}
NAMES = st.sampled_from(["a.png", "b c.jpg", "-", "https://example.org/x.png", "ä.webp", "--", "="])
WILD = st.sampled_from(
    ["-k", "16", "-k16", "-k=4", "--colors=", "--k", "--seed", "-1", "--effort", "fats", "-vf"]
    + ["--guard", "--no-guard", "--protect", "#e4002b", "-o", "-", "--", "--json=false", "", "-f"]
    + ["--quality", "80", "auto", "auto:", "--version", "-q", "--no-json", "--shared-palette"]
    + ["x=y", "٣"]
)  # fmt: skip


def value_of(row: Operation, item: Declared) -> st.SearchStrategy[str]:
    if item.option.choices:
        return st.sampled_from(item.option.choices)
    if (row.name, item.name) in VALID_IN:
        return VALID_IN[row.name, item.name]
    return VALID.get(item.name, st.sampled_from(["name.png", "-", "x=y", "a b"]))


@st.composite
def flag_words(draw: st.DrawFn, row: Operation, item: Declared) -> list[str]:
    name = draw(st.sampled_from([item.flag, item.option.short or item.flag]))
    if item.option.parse is None:
        if item.default and draw(st.booleans()):
            return ["--no-" + item.flag[2:]]
        return [name]
    value = draw(value_of(row, item))
    return [f"{name}={value}"] if draw(st.booleans()) else [name, value]


@st.composite
def command_lines(draw: st.DrawFn, row: Operation) -> list[str]:
    """Lines whose every flag and value is right; options may still exclude each other."""
    items = [item for kind in row.options for item in declared(kind)]
    flags = [item for item in items if not item.option.positional]
    chosen = draw(st.lists(st.sampled_from(flags), unique_by=lambda item: item.name, max_size=9))
    words = [draw(flag_words(row, item)) for item in chosen]
    if any(item.name == "protect" for item in chosen) and draw(st.booleans()):
        words.append(["--protect", "#010203"])
    for item in items:
        if item.option.positional:
            choices = item.option.choices
            name = st.sampled_from(choices) if choices else NAMES.filter(lambda n: n != "--")
            words += [[word] for word in draw(st.lists(name, min_size=1, max_size=3))]
    return [row.name, *chain.from_iterable(draw(st.permutations(words)))]


def outcome(parser: object, words: list[str]) -> object:
    """The options read, or the class of error."""
    try:
        request = parser.read(words)  # type: ignore[attr-defined]
    except UsageError:
        return UsageError
    return request.options if isinstance(request, Request) else None


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_lean_reads_valid_lines_itself_and_as_full_does(row: Operation, data: st.DataObject):
    words = data.draw(command_lines(row))
    quick = outcome(lean, words)
    assert quick is not None, "the quick parser should not need help with this"
    assert quick == outcome(full, words)


@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.one_of(WILD, NAMES), max_size=7))
@example(words=["-o", "-", "-"])
@example(words=["a", "--guard", "--guard"])
@example(words=["a", "-o", "--", "b"])
def test_whatever_lean_accepts_full_reads_the_same(words: list[str]):
    words = ["quantize", *words]
    quick = outcome(lean, words)
    if quick is not None:
        assert quick == outcome(full, words)


def test_full_reads_what_lean_leaves_to_it():
    words = ["quantize", "-k16", "-vf", "--", "-a.png"]
    assert lean.read(words) is None
    request = full.read(words)
    assert request is not None
    assert request.options[0] == QuantizeOptions(k=16)
    assert request.options[1] == FileOptions(inputs=("-a.png",), force=True)
    assert request.report.verbose


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["quantzie", "a.png"], 'Did you mean "quantize"'),
        (["quantize", "a.png", "--effrt", "fast"], "Did you mean --effort"),
        (["quantize", "a.png", "--effort", "fats"], "did you mean 'fast'"),
        (["quantize", "a.png", "-k", "none"], "must be a whole number or auto"),
        (["quantize", "a.png", "-k", "0"], "from 1 to 65,536"),
        (["quantize", "a.png", "-k", "4", "-k", "5"], "multiple times"),
        (["quantize", "a.png", "--seed", "-1"], "at least 0"),
        (["quantize", "a.png", "--quality", "80-60"], "MIN <= MAX"),
        (["quantize", "a.png", "--max-bytes", "20q"], "20k or 1M"),
        (["quantize", "a.png", "--protect", "red"], "#e4002b"),
        (["quantize", "a.png", "b.png", "-o", "c.png"], "--out-dir"),
        (["quantize"], "no input"),
        (["quantize", "-", "-"], "only once"),
        (["completion", "tcsh"], "bash, zsh, fish"),
    ],
)
def test_a_wrong_line_is_explained_in_one_line(words: list[str], says: str):
    with pytest.raises(UsageError) as caught:
        lean.read(words) or full.read(words)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lean_loads_nothing_that_full_needs():
    program = (
        "import sys; from pochade.apps.cli import lean;"
        "assert lean.read(['quantize', 'a.png', '-k', '8', '-o', 'b.png']);"
        "heavy = {'cyclopts', 'rich', 'json', 'argparse', 'attrs', 'numpy', 'PIL', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
