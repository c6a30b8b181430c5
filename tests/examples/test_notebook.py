"""The notebook is that of its source, its code runs, and it shows what the code makes now."""

from __future__ import annotations

import ast
import base64
import io
import json
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
REPRS = {
    "image/png": "_repr_png_",
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    loader = SourceFileLoader("make_notebook", str(ROOT / "tools" / "make-notebook"))
    spec = spec_from_loader("make_notebook", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def notebook(tool: ModuleType) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tool.NOTEBOOK.read_text("utf-8"))
    return found


def test_cells_of_a_source(tool: ModuleType):
    text = "# %% [markdown]\n# # A title\n#\n# Text.\n\n# %%\nx = 1  # %% no cell\nx\n"
    assert tool.cells(text) == [
        ("markdown", "# A title\n\nText."),
        ("code", "x = 1  # %% no cell\nx"),
    ]
    with pytest.raises(ValueError, match="must begin with a cell"):
        tool.cells("import numpy\n# %%\n")


def test_the_notebook_is_that_of_its_source(tool: ModuleType, notebook: dict[str, Any]):
    wanted = tool.cells(tool.SOURCE.read_text("utf-8"))
    found = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    assert found == wanted, "run `make notebook` and look at what it made"


def test_the_notebook_was_executed_in_order_without_errors(
    tool: ModuleType, notebook: dict[str, Any]
):
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds == {"execute_result"}  # no errors, no warnings
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5)
    assert tool.NOTEBOOK.stat().st_size < tool.LARGEST


def run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: what its last line is, if it is an expression."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if last is None:
        return None
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def picture(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def test_every_cell_makes_what_the_notebook_shows(
    notebook: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    pictures = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        value = run("".join(cell["source"]), names)
        shown = cell["outputs"][0]["data"] if cell["outputs"] else {}
        assert (value is not None) == bool(shown), cell["id"]
        made = {
            kind: getattr(value, name)() for kind, name in REPRS.items() if hasattr(value, name)
        }
        assert made.keys() == shown.keys() & REPRS.keys(), cell["id"]
        module = type(value).__module__
        # Plots depend on matplotlib's version; pictures do not.
        if "image/png" in made and module.startswith("pochade") and "plot" not in module:
            pictures += 1
            now, then = (
                picture(data)
                for data in (made["image/png"], base64.b64decode("".join(shown["image/png"])))
            )
            assert now.shape == then.shape, cell["id"]
            assert np.abs(now - then).mean() < 2, cell["id"]
    assert pictures >= 4
    assert not list(tmp_path.iterdir())
