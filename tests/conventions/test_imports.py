"""The import law: which module may import which, and where heavy libraries may be imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[2] / "src"

# A module may import from its own layer and from those above it in this list. The longest
# matching prefix decides; a module without a layer fails the test, so that it gets one.
LAYERS = (
    (
        "pochade.errors",
        "pochade.types",
        "pochade.options",
        "pochade.shared_options",
        "pochade._native",
    ),
    (
        "pochade.color",
        "pochade.pixels",
        "pochade.noise",
        "pochade.agreement",
        "pochade.metrics",
        "pochade.histogram",
        "pochade.histogram_reference",
    ),
    ("pochade.kmeans.engines",),
    ("pochade.kmeans",),
    (
        "pochade.auto_k",
        "pochade.auto_scores",
        "pochade.cloud_options",
        "pochade.compare_options",
        "pochade.clean",
        "pochade.clean_options",
        "pochade.clean_result",
        "pochade.cutout",
        "pochade.cutout_options",
        "pochade.cutout_result",
        "pochade.cutting",
        "pochade.dither",
        "pochade.k_rules",
        "pochade.edge_lines",
        "pochade.edge_looks",
        "pochade.edge_planes",
        "pochade.edge_strength",
        "pochade.edge_windows",
        "pochade.edges",
        "pochade.edges_options",
        "pochade.edges_result",
        "pochade.palette",
        "pochade.palette_fit",
        "pochade.palette_task",
        "pochade.quantize",
        "pochade.quantize_inputs",
        "pochade.paint_options",
        "pochade.painting",
        "pochade.palette_options",
        "pochade.quantize_options",
        "pochade.quantize_result",
        "pochade.recolor",
        "pochade.recolor_options",
        "pochade.segment_options",
        "pochade.segments",
        "pochade.small_areas",
        "pochade.sweep_options",
        "pochade.table",
        "pochade.table_cluster",
        "pochade.table_frames",
        "pochade.table_options",
        "pochade.table_result",
        "pochade.transport",
        "pochade.regions",
        "pochade.estimators",
    ),
    (
        "pochade.plot",
        "pochade.compare",
        "pochade.compare_result",
        "pochade.comparing",
        "pochade.distributed",
        "pochade.paint",
        "pochade.paint_result",
        "pochade.segment",
        "pochade.segment_files",
        "pochade.segment_result",
        "pochade.sweep",
        "pochade.sweep_result",
    ),
    ("pochade.apps", "pochade.__main__"),
)
TASKS = 4
"""The first layer that may use `pochade.io`."""
IO_MAY_USE = 1
"""`pochade.io` itself uses this layer and those before it."""

# Who may import a library, and whether at the top of the module (so that importing it loads it).
HEAVY = {
    "PIL": ("pochade.io", "pochade.plot"),
    "cyclopts": ("pochade.apps.cli.full",),
    "rich": (
        "pochade.apps.cli.progress",
        "pochade.apps.compare_table",
        "pochade.apps.swatch_table",
        "pochade.apps.sweep_table",
    ),
    "oxipng": ("pochade.io.png_optimize",),
    "sklearn": ("pochade.kmeans.engines.sklearn", "pochade.estimators"),
    "scipy": ("pochade.cutting.sparse",),
    "rembg": ("pochade.cutting.outside",),
    "matplotlib": ("pochade.plot",),
    "plotly": ("pochade.plot",),
    "jax": ("pochade.kmeans.engines.jax",),
    "torch": ("pochade.kmeans.engines.torch",),
    "pyopencl": ("pochade.kmeans.engines.opencl",),
    "dask": ("pochade.distributed",),
    "fastapi": ("pochade.apps.studio",),
    "pandas": ("pochade.table_frames",),
    "polars": ("pochade.table_frames",),
    "pyarrow": ("pochade.io.parquet",),
}
AT_THE_TOP = ("pochade.apps.cli.full", "pochade.apps.cli.progress", "pochade.estimators")
"""Modules that are themselves loaded late may load a library with them."""


class Import(NamedTuple):
    importer: str
    imported: str
    line: int
    top: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> list[Path]:
    return sorted((SOURCE / "pochade").rglob("*.py"))


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a module that happens when the program runs (not for type checkers)."""
    name = module_name(path)
    tree = ast.parse(path.read_text("utf-8"))
    yield from walk(tree, name, top=True)


def walk(node: ast.AST, name: str, *, top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from walk(other, name, top=top)
        elif isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(name, alias.name, child.lineno, top)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{name}:{child.lineno}: relative imports hide the layer"
            assert child.module is not None
            for alias in child.names:
                whole = f"{child.module}.{alias.name}"
                is_module = (SOURCE / whole.replace(".", "/")).with_suffix(".py").exists()
                is_module = is_module or whole == "pochade._native"
                yield Import(name, whole if is_module else child.module, child.lineno, top)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from walk(child, name, top=top and not inside)


def starts_with(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def layer_of(name: str) -> int:
    found = [
        (len(prefix), layer)
        for layer, prefixes in enumerate(LAYERS)
        for prefix in prefixes
        if starts_with(name, prefix)
    ]
    assert found, f"{name} has no layer: give it one in LAYERS"
    return max(found)[1]


def is_io(name: str) -> bool:
    return starts_with(name, "pochade.io")


def verdict(one: Import) -> str | None:
    """What is wrong with an import from within pochade, or None."""
    if is_io(one.imported):
        allowed = is_io(one.importer) or layer_of(one.importer) >= TASKS
        return None if allowed else "io is for tasks and apps"
    if one.imported == "pochade":
        allowed = starts_with(one.importer, "pochade.apps")
        return None if allowed else "import from the module that defines the name"
    highest = IO_MAY_USE if is_io(one.importer) else layer_of(one.importer)
    if layer_of(one.imported) > highest:
        return "imports go one way: apps, tasks, kmeans, engines, color, types"
    return None


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_imports_go_one_way(path: Path):
    if module_name(path) == "pochade":
        pytest.skip("the package itself loads its public names on first use")
    wrong = [
        f"{one.importer}:{one.line} imports {one.imported}: {problem}"
        for one in imports_of(path)
        if starts_with(one.imported, "pochade") and (problem := verdict(one))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_heavy_libraries_are_imported_in_their_own_place_only(path: Path):
    wrong = []
    for one in imports_of(path):
        library = one.imported.partition(".")[0]
        if library not in HEAVY:
            continue
        if not any(starts_with(one.importer, place) for place in HEAVY[library]):
            wrong.append(f"{one.importer}:{one.line}: {library} is not imported here")
        elif one.top and one.importer not in AT_THE_TOP:
            wrong.append(f"{one.importer}:{one.line}: import {library} inside a function")
    assert not wrong, "\n".join(wrong)


def test_the_law_sees_a_breach():
    assert verdict(Import("pochade.kmeans.driver", "pochade.io.open", 1, True))
    assert verdict(Import("pochade.kmeans.engines.native", "pochade.kmeans.driver", 1, True))
    assert verdict(Import("pochade.io.png", "pochade.quantize", 1, False))
    assert verdict(Import("pochade.quantize", "pochade.apps.batch", 1, False))
    assert verdict(Import("pochade.quantize", "pochade.io.open", 1, False)) is None


def modules_after(statement: str) -> set[str]:
    """Which third-party packages are loaded after a statement in a new interpreter."""
    program = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement", ["import pochade", "import pochade; pochade.quantize", "import pochade.io.open"]
)
def test_importing_loads_numpy_at_most(statement: str):
    heavy = {*HEAVY, "asyncio", "jsonschema", "email", "http"}
    assert not modules_after(statement) & heavy
