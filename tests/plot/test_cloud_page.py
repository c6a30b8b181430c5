"""The page of a cloud, read without a browser: structure, escaping, size, and the data in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pochade
from pochade.plot.cloud_page import fill, for_script, varints
from pochade.plot.cloud_points import places, sample, shown_points

PHOTO = Path(pochade.__file__).parent / "data" / "demo" / "spices.jpg"
NASTY = (
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{points}}",
    "a'b&amp;<!--",
    "</script><svg onload=alert(1)>",
    "\u2028\u202e\x00 name",
)


class Reader(HTMLParser):
    """Elements with their attributes, and the text of some."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[self.inside[-1]] = self.texts.get(self.inside[-1], "") + data


def facts_of(page: str) -> dict[str, Any]:
    found = re.search(r"const facts = (.*);\n", page)
    assert found is not None
    facts: dict[str, Any] = json.loads(found[1])
    return facts


def parts_of(page: str) -> dict[str, bytes]:
    found = re.search(r'id="points">([A-Za-z0-9+/=]*)</script>', page)
    assert found is not None
    data = zlib.decompress(base64.b64decode(found[1]))
    parts, at = {}, 0
    for name, size in facts_of(page)["parts"]:
        parts[name] = data[at : at + size]
        at += size
    assert at == len(data)
    return parts


def read_varints(data: bytes) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    assert shift == 0
    return values


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_varints_are_read_back(values: list[int]):
    assert read_varints(varints(np.array(values, np.uint32))) == values


@pytest.mark.parametrize("k", [None, 5])
def test_the_data_is_read_back(k: int | None):
    result = pochade.cloud(PHOTO, k, resize="240")
    page = result.encode("html").decode()
    facts, parts = facts_of(page), parts_of(page)
    keys = np.cumsum(read_varints(parts["cells"]))
    colors = np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=1)
    np.testing.assert_array_equal(colors, result.colors)
    np.testing.assert_array_equal(read_varints(parts["counts"]), result.counts)
    assert facts["shown"] == len(result.colors)
    assert facts["pixels"] == result.counts.sum()
    at = np.stack([np.frombuffer(parts[axis], "<u2") for axis in "xy"], axis=1)
    np.testing.assert_array_equal(at, places(result.source, shown_points(result)))
    small = sample(result.source, 360)
    assert parts["sample"] == small.tobytes()
    assert facts["sample"] == [small.shape[1], small.shape[0]]
    if k is None:
        assert "labels" not in parts
        assert facts["k"] == 0
    else:
        np.testing.assert_array_equal(np.frombuffer(parts["labels"], "<u2"), result.labels)
        assert facts["palette"] == result.palette.tolist()
        np.testing.assert_allclose(
            [one["at"] for one in facts["centroids"]], result.centroids, atol=1e-3
        )
        quads = np.frombuffer(parts["quads"], "<u2")
        assert quads.max() < len(parts["vertices"]) // 6


def test_cells_of_many_colors_are_read_back():
    random = np.random.default_rng(3)
    picture = random.integers(0, 256, (500, 600, 3), np.uint8)
    page = pochade.cloud(picture).encode("html").decode()
    facts, parts = facts_of(page), parts_of(page)
    cells = np.cumsum(read_varints(parts["cells"]))
    colors = np.frombuffer(parts["colors"], np.uint8).reshape(-1, 3) >> facts["shift"]
    assert facts["shift"] > 0
    np.testing.assert_array_equal(colors.astype(int) @ [1 << 16, 1 << 8, 1], cells)
    assert sum(read_varints(parts["counts"])) == 300_000
    assert sum(read_varints(parts["merged"])) == len(np.unique(picture.reshape(-1, 3), axis=0))
    assert "points, each the mean" in page


def test_a_long_strip_has_places_that_fit():
    picture = np.zeros((1, 150_000, 3), np.uint8)
    picture[0, 140_000] = 255
    page = pochade.cloud(picture).encode("html").decode()
    facts, parts = facts_of(page), parts_of(page)
    assert facts["place"] == 4
    assert int(np.frombuffer(parts["x"], "<u2")[1]) * facts["place"] == 140_000


def test_transparent_pixels_are_not_found_by_their_hidden_colour():
    picture = np.zeros((6, 8, 4), np.uint8)
    picture[:3, :, 3] = 255
    picture[3:, :, :3] = 99
    page = pochade.cloud(picture).encode("html").decode()
    clear = np.frombuffer(parts_of(page)["clear"], bool).reshape(6, 8)
    np.testing.assert_array_equal(clear, picture[:, :, 3] == 0)
    assert 'src="data:image/png;base64,' in page
    assert "24 fully transparent pixels are left out." in page


@pytest.mark.parametrize("title", NASTY)
def test_no_title_breaks_out(title: str):
    plain = Reader(pochade.cloud(PHOTO, 2, resize="30", title="t").encode("html").decode())
    page = pochade.cloud(PHOTO, 2, resize="30", title=title).encode("html").decode()
    read = Reader(page)
    assert [tag for tag, _ in read.elements] == [tag for tag, _ in plain.elements]
    assert [sorted(attrs) for _, attrs in read.elements] == [
        sorted(attrs) for _, attrs in plain.elements
    ]
    assert read.texts["h1"] == title
    assert read.texts["title"] == title


@settings(max_examples=60, deadline=None)
@given(text=st.text())
def test_text_in_scripts_is_inert(text: str):
    made = for_script([text])
    assert "<" not in made
    assert made.isascii()
    assert json.loads(made) == [text]
    assert fill("a{{x}}b", {"x": text}) == f"a{text}b"


def test_the_policy_allows_only_what_is_in_the_page():
    page = pochade.cloud(PHOTO, 3, resize="60").encode("html").decode()
    read = Reader(page)
    policy = next(
        attrs["content"]
        for _, attrs in read.elements
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    script = page[page.rindex("<script>") + 8 : page.rindex("</script>")]
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    # Nothing is asked of any other place, and nothing is inline but the two that have hashes.
    for tag, attrs in read.elements:
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style", tag
            if name in ("src", "href", "action", "data", "srcset"):
                assert str(value).startswith("data:"), (tag, value)
    assert not re.search(r"https?://|//[a-z]+\.", script + style)


def test_controls_have_names():
    read = Reader(pochade.cloud(PHOTO, 3, resize="60").encode("html").decode())
    (canvas,) = [attrs for tag, attrs in read.elements if attrs.get("id") == "cloud"]
    assert canvas["aria-label"]
    assert canvas["tabindex"] == "0"
    assert ("html", {"lang": "en"}) in read.elements
    assert any(attrs.get("name") == "viewport" for _, attrs in read.elements)
    for tag, attrs in read.elements:
        if tag == "img":
            assert attrs.get("alt")


def test_a_page_is_small():
    result = pochade.cloud(PHOTO, 16)
    assert len(result.colors) > 100_000
    assert len(result.encode("html")) < 2_000_000
