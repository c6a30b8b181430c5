"""The page of a cloud in a headless Chromium, where there is one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pochade

chromium = pytest.importorskip("benchmarks.cloud.chromium", reason="benchmarks/ is not here")
if chromium.find() is None:
    pytest.skip("no Chromium on the PATH", allow_module_level=True)

PHOTO = Path(pochade.__file__).parent / "data" / "demo" / "city.jpg"
READY = "document.documentElement.dataset.ready === 'yes'"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium.Chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "city.html"
    return pochade.cloud(PHOTO, 5, cells=True, resize="200").save(path)


def text(browser, name: str) -> str:
    return browser.value(f"document.getElementById('{name}').textContent")


def press(browser, *keys: str) -> None:
    for key in keys:
        browser.value(
            "document.getElementById('cloud').dispatchEvent("
            f"new KeyboardEvent('keydown', {{key: {json.dumps(key)}, bubbles: true}}))"
        )


def pixels(browser) -> np.ndarray:
    """What is on the screen, after two frames."""
    browser.value("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
    with Image.open(BytesIO(browser.screenshot())) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def settle(browser) -> None:
    browser.value("new Promise(d => setTimeout(d, 1200))")


def test_it_draws_asks_for_nothing_and_complains_of_nothing(browser, page: Path):
    browser.open(page, until=READY)
    settle(browser)
    stage = pixels(browser)[:, :900]
    blue = (stage[..., 2] > stage[..., 0] + 40).sum()
    assert blue > 3000, "the cloud of a blue photo"
    assert browser.requests() == []
    assert browser.complaints() == []
    assert "pixels" in text(browser, "summary")


def test_every_state_is_drawn_differently(browser, page: Path):
    seen = []
    for state in ("", "#space=lab", "#space=oklab", "#by=cluster", "#turn=90", "#theme=dark"):
        browser.open(page, state, until=READY)
        settle(browser)
        seen.append(pixels(browser)[:, :900])
        assert browser.complaints() == []
    for i, first in enumerate(seen):
        for second in seen[:i]:
            assert (np.abs(first - second).max(axis=2) > 30).mean() > 0.01


def test_a_point_of_the_picture_is_told_and_found(browser, page: Path):
    browser.open(page, until=READY)
    settle(browser)
    box = json.loads(
        browser.value("JSON.stringify(document.getElementById('frame').getBoundingClientRect())")
    )
    place = {"x": box["left"] + box["width"] / 2, "y": box["top"] + box["height"] / 2}
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
    settle(browser)
    result = pochade.cloud(PHOTO, resize="200")
    color = result.source[result.source.shape[0] // 2, result.source.shape[1] // 2]
    assert text(browser, "hex") == "#" + bytes(color.tolist()).hex()
    at = np.flatnonzero((result.colors == color).all(axis=1))[0]
    assert text(browser, "count").startswith(f"{result.counts[at]} pixel")
    # The ring is on the colour's place in the cloud.
    assert browser.value("!document.getElementById('ring').hidden")


def test_a_point_of_the_cloud_lights_the_picture(browser, page: Path):
    browser.open(page, until=READY)
    settle(browser)
    press(browser, "n")
    assert text(browser, "hex").startswith("#")
    result = pochade.cloud(PHOTO, resize="200")
    most = result.colors[result.counts == result.counts.max()]
    assert text(browser, "hex") in {"#" + bytes(c.tolist()).hex() for c in most}
    veiled = browser.value(
        "(() => { const c = document.getElementById('marks'); const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; let n = 0;"
        "for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n / (d.length / 4); })()"
    )
    assert 0.3 < veiled < 1
    assert browser.value("!document.getElementById('spot').hidden")
    press(browser, "Escape")
    assert browser.value("document.getElementById('chosen').hidden")


def test_hovering_over_the_cloud_chooses(browser, page: Path):
    browser.open(page, until=READY)
    settle(browser)
    stage = pixels(browser)[60:, :900]
    rows, columns = np.nonzero(stage[..., 2] > stage[..., 0] + 60)
    middle = len(rows) // 2
    place = {"x": int(columns[middle]), "y": int(rows[middle]) + 60}
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
    settle(browser)
    told = text(browser, "hex")
    red, blue = int(told[1:3], 16), int(told[5:7], 16)
    assert blue > red + 20


def test_keys_turn_zoom_and_reset(browser, page: Path):
    browser.open(page, until=READY)
    settle(browser)
    first = pixels(browser)[:, :900]
    press(browser, "ArrowLeft", "ArrowUp", "+", "+")
    settle(browser)
    moved = pixels(browser)[:, :900]
    assert (np.abs(first - moved).max(axis=2) > 30).mean() > 0.02
    press(browser, "r")
    settle(browser)
    assert (np.abs(first - pixels(browser)[:, :900]).max(axis=2) > 30).mean() < 0.002


def test_a_cluster_can_be_singled_out(browser, page: Path):
    browser.open(page, until=READY)
    settle(browser)
    assert browser.value("document.querySelectorAll('#clusters button').length") == 5
    browser.value("document.querySelectorAll('#clusters button')[1].click()")
    settle(browser)
    pressed = "document.querySelectorAll('#clusters [aria-pressed=true]').length"
    assert browser.value(pressed) == 1
    shown = "[...document.querySelectorAll('#words .centroid')].filter(s => !s.hidden)"
    assert browser.value(shown + ".map(s => s.textContent).join()") == "2"


def test_it_fits_a_phone(browser, page: Path):
    size = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.call("Emulation.setDeviceMetricsOverride", **size)
    try:
        browser.open(page, until=READY)
        settle(browser)
        assert browser.value("document.documentElement.scrollWidth") == 400
        assert browser.value("document.getElementById('cloud').clientWidth") == 400
    finally:
        size = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.call("Emulation.setDeviceMetricsOverride", **size)


def test_nasty_names_run_nothing(browser, tmp_path: Path):
    title = "</title></script><script>window.hit=1</script><img src=x onerror=window.hit=1>"
    path = pochade.cloud(PHOTO, 2, resize="50", title=title).save(tmp_path / "a.html")
    browser.open(path, until=READY)
    settle(browser)
    assert browser.value("window.hit === undefined")
    assert text(browser, "summary")
    assert browser.value("document.title") == title
    assert browser.requests() == []
    assert browser.complaints() == []


@pytest.mark.parametrize(
    "picture",
    [
        np.full((1, 1, 3), 200, np.uint8),
        np.arange(64, dtype=np.uint8).reshape(8, 8, 1).repeat(3, axis=2),
        np.random.default_rng(0).integers(0, 256, (9, 9, 4), np.uint8),
    ],
    ids=["one pixel", "grey", "alpha"],
)
def test_small_pictures_work(browser, tmp_path: Path, picture: np.ndarray):
    path = pochade.cloud(picture, 3, cells=True).save(tmp_path / "a.html")
    for state in ("", "#space=oklab&walls"):
        browser.open(path, state, until=READY)
        settle(browser)
        press(browser, "n")
        assert text(browser, "hex").startswith("#")
        assert browser.complaints() == []


def test_without_webgl_it_says_so(browser, page: Path):
    script = "HTMLCanvasElement.prototype.getContext = () => null"
    added = browser.call("Page.addScriptToEvaluateOnNewDocument", source=script)
    try:
        browser.open(page, until="document.documentElement.dataset.ready === 'failed'")
        assert "WebGL" in text(browser, "sorry")
    finally:
        browser.call("Page.removeScriptToEvaluateOnNewDocument", **added)
