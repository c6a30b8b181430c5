"""The exact bytes of a few results. `tools/accept-goldens` accepts new ones, after a look."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from .cases import CASES, STORE, digest, reduced, source_digest

pytestmark = pytest.mark.skipif(
    find_spec("pochade._native") is None, reason="goldens are of the native kernels"
)


@pytest.mark.parametrize("name", CASES)
def test_the_bytes_are_as_accepted(name: str) -> None:
    accepted = json.loads(STORE.read_text("utf-8"))[name]
    if source_digest(name) != accepted["source"]:
        pytest.skip("another JPEG decoder: other pixels go in")
    assert digest(reduced(name)) == accepted["result"], "look, then run tools/accept-goldens"


def test_every_golden_has_a_case() -> None:
    assert set(json.loads(STORE.read_text("utf-8"))) == set(CASES)
