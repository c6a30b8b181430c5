"""The main job, on pictures small enough to know the answer."""

from __future__ import annotations

import numpy as np
import pytest

import pochade
import pochade.metrics
from pochade import CancelledError, QualityNotReachedError, UsageError, quantize, quantize_many

RED, GREEN, BLUE = (255, 0, 0), (0, 200, 0), (0, 0, 255)


def noisy(height=60, width=80, channels=3, seed=0):
    """A smooth picture with some noise: thousands of colours."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    base = np.stack([rows * 255 / height, columns * 255 / width, (rows + columns) % 256], axis=2)
    picture = np.clip(base + generator.normal(0, 6, base.shape), 0, 255).astype(np.uint8)
    if channels == 4:
        alpha = np.clip(columns * 3, 0, 255).astype(np.uint8)[:, :, None]
        picture = np.concatenate([picture, alpha], axis=2)
    return picture


def colors_of(image):
    return {tuple(row) for row in image.reshape(-1, image.shape[2]).tolist()}


def test_the_promises_of_a_result():
    picture = noisy()
    result = quantize(picture, 12)
    assert result.palette.shape == (12, 3)
    assert result.palette.dtype == np.uint8
    assert result.centers.shape == (12, 3)
    assert result.labels.shape == picture.shape[:2]
    assert np.array_equal(result.palette[result.labels], result.image)
    assert len(colors_of(result.image)) == 12
    assert result.shares.sum() == pytest.approx(1)
    assert (np.diff(result.shares) <= 0).all(), "the most used colour comes first"
    gap = picture.astype(float) - result.image
    assert result.inertia == pytest.approx((gap**2).sum())


@pytest.mark.parametrize("effort", ["default", "max"])
@pytest.mark.parametrize("space", ["srgb", "oklab", "lab", "linear"])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_pixel_has_its_nearest_entry(effort, space, channels):
    picture = noisy(channels=channels)
    result = quantize(picture, 9, effort=effort, space=space)
    pixels = picture.reshape(-1, channels).copy()
    if channels == 4:
        pixels[pixels[:, 3] == 0] = 0
    points = result.space.points(pixels).astype(float)
    entries = result.space.points(result.palette).astype(float)
    distance = ((points[:, None] - entries[None]) ** 2).sum(axis=2)
    chosen = distance[np.arange(len(points)), result.labels.reshape(-1)]
    scale = distance.max()
    assert (chosen <= distance.min(axis=1) + 1e-5 * scale).all()


def test_fast_takes_few_second_nearest_entries():
    picture = noisy(300, 400)
    fast, full = quantize(picture, 32, effort="fast"), quantize(picture, 32)
    assert fast.inertia < 1.35 * full.inertia
    assert len(fast.palette) == 32


def test_more_effort_is_never_worse():
    picture = noisy(200, 300)
    for k in (4, 16, 40):
        fast, default, best = (
            quantize(picture, k, effort=effort).inertia for effort in ("fast", "default", "max")
        )
        assert best <= default * 1.0005
        assert default <= fast * 1.0005


@pytest.mark.parametrize("effort", ["fast", "default", "max"])
@pytest.mark.parametrize("k", [1, 2, 3, 7, 255, 256, 300])
def test_exactly_k_colors_when_the_picture_has_them(effort, k):
    picture = noisy(90, 120)
    result = quantize(picture, k, effort=effort)
    assert len(result.palette) == k
    assert len(colors_of(result.palette[None])) == k
    if effort != "fast":
        assert len(np.unique(result.labels)) == k


@pytest.mark.parametrize("effort", ["fast", "default", "max"])
def test_fewer_colors_than_k_are_kept_exactly_and_said(effort):
    picture = np.zeros((5, 7, 3), np.uint8)
    picture[2:] = RED
    picture[4, 4] = (254, 0, 0)
    result = quantize(picture, 16, effort=effort)
    assert np.array_equal(result.image, picture)
    assert len(result.palette) == 3
    assert "only 3 colours" in result.notes[0]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 4), (1, 9, 3), (9, 1, 4)])
def test_tiny_pictures(shape):
    picture = np.full(shape, 77, np.uint8)
    for effort in ("fast", "default", "max"):
        result = quantize(picture, 4, effort=effort)
        assert np.array_equal(result.image, picture)
        assert result.inertia == 0


def test_near_duplicates_still_give_k_distinct_colors():
    values = np.arange(40, dtype=np.uint8)
    picture = np.stack([values, values * 0 + 100, values * 0 + 100], axis=1)[None]
    result = quantize(picture, 39)
    assert len(colors_of(result.image)) == 39


def test_hidden_color_under_full_transparency_never_matters():
    picture = noisy(channels=4)
    picture[:30, :, 3] = 0
    hidden = picture.copy()
    hidden[:30, :, :3] = np.random.default_rng(1).integers(0, 256, (30, 80, 3))
    one, two = quantize(picture, 10), quantize(hidden, 10)
    assert np.array_equal(one.palette, two.palette)
    assert np.array_equal(one.labels, two.labels)
    assert (one.palette[:, 3] == 0).sum() == 1
    assert (one.image[:30] == 0).all()
    assert (one.image[30:, 40:, 3] > 0).all()


def test_transparency_costs_no_entry_that_a_visible_color_needs():
    picture = np.zeros((4, 8, 4), np.uint8)
    picture[:, :, :3] = np.random.default_rng(2).integers(0, 256, (4, 8, 3))
    for at, color in enumerate((RED, GREEN, BLUE, (9, 9, 9))):
        picture[at, :4] = (*color, 255)
    result = quantize(picture, 4)
    visible = picture[:, :, 3] == 255
    assert np.array_equal(result.image[visible], picture[visible])
    assert (result.image[~visible] == 0).all()


def test_faint_pixels_weigh_less_than_solid_ones():
    picture = np.zeros((20, 20, 4), np.uint8)
    picture[:10] = (200, 30, 30, 255)
    picture[10:, :10] = (40, 200, 40, 255)
    picture[10:, 10:, 3] = 3
    picture[10:, 10:, :3] = np.random.default_rng(3).integers(0, 256, (10, 10, 3))
    result = quantize(picture, 3)
    assert {(200, 30, 30, 255), (40, 200, 40, 255)} <= colors_of(result.image)


def test_protected_colors_survive_exactly():
    picture = noisy()
    result = quantize(picture, 6, protect=["#e4002b", (1, 2, 3)])
    assert {(0xE4, 0x00, 0x2B), (1, 2, 3)} <= colors_of(result.palette[None])
    assert len(result.palette) == 6
    with pytest.raises(UsageError, match="3 protected colours do not fit into 2"):
        quantize(picture, 2, protect=["#100000", "#200000", "#300000"])


def test_a_red_dot_in_a_green_field_is_kept():
    generator = np.random.default_rng(4)
    field = np.clip(generator.normal((40, 150, 50), 18, (300, 400, 3)), 0, 255).astype(np.uint8)
    field[140:145, 200:205] = (230, 20, 30)
    kept = quantize(field, 4).image[142, 202].astype(int)
    assert np.abs(kept - (230, 20, 30)).max() < 12
    lost = quantize(field, 4, guard=False).image[142, 202].astype(int)
    assert np.abs(lost - (230, 20, 30)).max() > 60


def test_weights_steer_the_palette():
    picture = noisy()
    mask = np.zeros(picture.shape[:2], np.float32)
    mask[:, 60:] = 1
    inside = mask > 0
    plain, steered = quantize(picture, 6), quantize(picture, 6, weights=mask)

    def error(result):
        gap = picture[inside].astype(float) - result.image[inside]
        return (gap**2).sum()

    assert error(steered) < 0.8 * error(plain)
    with pytest.raises(UsageError, match="zero everywhere"):
        quantize(picture, 6, weights=mask * 0)
    with pytest.raises(UsageError, match="must be equal"):
        quantize(picture, 6, weights=mask[:-1])


def test_a_given_palette_is_used_as_it_is():
    picture = noisy()
    palette = np.array([RED, GREEN, BLUE, (0, 0, 0)], np.uint8)
    result = quantize(picture, palette=palette)
    assert np.array_equal(result.palette, palette)
    gap = ((picture[:, :, None].astype(int) - palette) ** 2).sum(axis=3)
    assert np.array_equal(result.labels, gap.argmin(axis=2))
    named = quantize(picture, palette=["#ff0000", "#00c800", "#0000ff", "#000000"])
    assert np.array_equal(named.labels, result.labels)


def test_one_palette_over_many_pictures():
    one, two = noisy(seed=1), noisy(40, 50, seed=2)[::-1]
    results = quantize_many([one, two], 14)
    assert np.array_equal(results[0].palette, results[1].palette)
    assert results[0].labels.shape == (60, 80)
    assert results[1].labels.shape == (40, 50)
    mixed = quantize_many([one, noisy(channels=4)], 14)
    assert mixed[0].palette.shape == (14, 4)
    with pytest.raises(UsageError, match="no picture"):
        quantize_many([], 4)


def test_plain_settings_of_the_seeds():
    picture = noisy()
    clyde = quantize(picture, 8, init="random", iters=1)
    more = quantize(picture, 8, init="random", iters=25)
    assert clyde.n_iter == 1
    assert more.inertia < clyde.inertia
    assert quantize(picture, 8).inertia <= more.inertia * 1.001


def test_targets_choose_the_number_of_colors():
    picture = noisy()
    loose, tight = quantize(picture, target_de=6.0), quantize(picture, target_de=3.0)
    assert 1 < len(loose.palette) < len(tight.palette) <= 256
    low, high = quantize(picture, quality=(0, 10)), quantize(picture, quality=(0, 40))
    assert len(low.palette) < len(high.palette)
    with pytest.raises(QualityNotReachedError, match="quality 99 is not reached"):
        quantize(picture, 4, quality=(99, 100))
    small = quantize(picture, max_bytes=2000)
    assert len(small._repr_png_()) <= 2000
    assert len(quantize(picture, max_bytes=3000).palette) >= len(small.palette)
    with pytest.raises(QualityNotReachedError, match="10 bytes are too few: one colour makes"):
        quantize(picture, max_bytes=10)
    with pytest.raises(QualityNotReachedError, match="not reached: 3 colours give"):
        quantize(picture, 3, target_de=1.0)


@pytest.mark.parametrize("rule", ["auto", "auto:knee", "auto:variance"])
def test_k_by_rule(rule):
    assert 2 <= len(quantize(noisy(), rule).palette) <= 256
    flat = np.full((4, 4, 3), 9, np.uint8)
    assert len(quantize(flat, rule).palette) == 1


@pytest.mark.parametrize(
    "dither", ["floyd-steinberg", "sierra-lite", "atkinson", "bayer", "blue-noise"]
)
def test_dithering_keeps_the_palette_and_the_mean(dither):
    picture = noisy(channels=3)
    plain, dithered = quantize(picture, 6), quantize(picture, 6, dither=dither)
    assert np.array_equal(plain.palette, dithered.palette)
    assert not np.array_equal(plain.labels, dithered.labels)


@pytest.mark.parametrize("effort", ["fast", "default", "max"])
@pytest.mark.parametrize("space", ["srgb", "oklab"])
def test_same_seed_same_bytes_at_any_thread_count(effort, space):
    picture = noisy(250, 333)
    results = [
        quantize(picture, 24, effort=effort, space=space, threads=threads, seed=5)
        for threads in (1, 2, 5)
    ]
    for other in results[1:]:
        assert np.array_equal(results[0].palette, other.palette)
        assert np.array_equal(results[0].labels, other.labels)
        assert np.array_equal(results[0].centers, other.centers)


@pytest.mark.parametrize("engine", ["reference", "native", "sklearn"])
def test_engines_agree(engine):
    if engine == "sklearn":
        pytest.importorskip("sklearn")
    picture = noisy(40, 50)
    result = quantize(picture, 5, engine=engine)
    assert result.engine == engine
    assert result.inertia <= 1.03 * quantize(picture, 5).inertia


def test_inputs_are_not_changed_and_may_be_read_only_or_strided():
    picture = noisy(100, 100)[::2, ::-2]
    before = picture.copy()
    picture.flags.writeable = False
    result = quantize(picture, 5)
    assert np.array_equal(picture, before)
    assert np.array_equal(result.image, quantize(before, 5).image)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 0}, "from 1 to 65,536"),
        ({"k": -3}, "from 1 to 65,536"),
        ({"k": 70_000}, "from 1 to 65,536"),
        ({"k": "many"}, "auto"),
        ({"k": 2.5}, "whole number"),
        ({"engine": "abacus"}, "abacus"),
        ({"effort": "most"}, "most"),
        ({"space": "hsv"}, "hsv"),
        ({"dither": "riemersma"}, "riemersma"),
        ({"quality": (80, 65)}, "80"),
        ({"target_de": -1}, "at least 0"),
        ({"max_bytes": 0}, "at least 1"),
        ({"dither_strength": 2}, "at most 1"),
        ({"protect": ["reddish"]}, "reddish"),
        ({"palette": []}, "no colours"),
    ],
)
def test_senseless_options_are_one_sentence(change, message):
    with pytest.raises(UsageError, match=message) as caught:
        quantize(noisy(), **change)
    assert "\n" not in str(caught.value)


def test_cancel_stops_the_work():
    with pytest.raises(CancelledError):
        quantize(noisy(200, 200), 64, effort="max", cancel=lambda: True)


def test_progress_rises_to_one():
    seen = []
    quantize(noisy(200, 200), 32, effort="max", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)


def test_a_result_is_a_picture_in_a_notebook_and_saves(tmp_path):
    result = quantize(noisy(), 5)
    assert result._repr_png_().startswith(b"\x89PNG")
    path = result.save(tmp_path / "few.png")
    again = quantize(path, 5)
    assert np.array_equal(again.image, result.image)
    with pytest.raises(pochade.OutputError, match="exists"):
        result.save(path)
    result.save(path, overwrite=True)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("effort", ["fast", "default", "max"])
@pytest.mark.parametrize("k", [12, 64])
def test_oklab_looks_better_than_srgb(channels, effort, k):
    picture = noisy(120, 160, channels=channels)
    plain, seen = (quantize(picture, k, space=space, effort=effort) for space in ("srgb", "oklab"))
    before, after = (pochade.metrics.compare(picture, result.image) for result in (plain, seen))
    assert after.ciede2000_mean < before.ciede2000_mean
    if effort != "fast":
        assert after.oklab_mean < before.oklab_mean
    assert len(seen.palette) == k
    assert np.allclose(seen.centers, seen.space.centers(seen.space.points(seen.palette)), atol=0.02)


def test_oklab_keeps_protected_colors_and_transparency():
    picture = noisy(channels=4)
    picture[:10, :, 3] = 0
    result = quantize(picture, 9, space="oklab", protect=["#e4002b"])
    assert {(0xE4, 0x00, 0x2B, 255), (0, 0, 0, 0)} <= colors_of(result.palette[None])
    assert len(result.palette) == 9


def test_the_guard_does_not_sacrifice_one_of_two_colors_that_carry_the_picture():
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[:, 30:] = 255
    picture[3:7, 3:7] = (255, 0, 0)
    assert sorted(quantize(picture, 2).palette.sum(axis=1).tolist())[1] > 700
    field = np.random.default_rng(0).normal((40, 150, 60), 12, (60, 60, 3))
    field = np.clip(field, 0, 255).astype(np.uint8)
    field[3:7, 3:7] = (220, 20, 30)
    assert [220, 20, 30] in quantize(field, 2).palette.tolist()


@pytest.mark.parametrize(
    "options", [{"k": 2}, {"quality": (40, 60)}, {"max_bytes": 900}, {"protect": ["#ff0000"]}]
)
def test_a_given_palette_leaves_nothing_to_choose(options):
    with pytest.raises(UsageError, match="a given palette settles the colours"):
        quantize(noisy(), palette=["#ff0000", "#00ff00"], **options)
