"""`pochade.sweep` and `choose_k` from Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pochade
from pochade import metrics
from pochade.errors import CancelledError, OutputError, UsageError
from pochade.sweep_options import SweepOptions, as_ks

DEMO = Path(pochade.__file__).parent / "data" / "demo"


def photo(size: str = "120") -> np.ndarray:
    return pochade.open_image(DEMO / "spices.jpg", resize=size).pixels


def flat(k: int, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Stripes of k colours far from each other, with noise."""
    random = np.random.default_rng(seed)
    palette = np.array(
        [[(37 * i) % 200 + 20, (91 * i) % 200 + 20, 60 * (i % 4) + 20] for i in range(k)]
    )
    image = palette[np.arange(60) * k // 60][None].repeat(40, axis=0)
    return np.clip(np.rint(image + random.normal(0, 1, image.shape) * noise), 0, 255).astype(
        np.uint8
    )


@pytest.fixture(scope="module")
def swept() -> pochade.SweepResult:
    return pochade.sweep(photo(), "2:9")


class TestRanges:
    def test_forms(self):
        assert as_ks("2:15") == tuple(range(2, 16))
        assert as_ks(range(2, 5)) == (2, 3, 4)
        assert as_ks(np.array([4, 2, 4])) == (2, 4)
        assert as_ks("3") == (3,)

    @pytest.mark.parametrize(
        "k",
        ["15:2", "0:5", "a:b", "", ":", "2:", "2:5:0", "1:2:3:4", "2,,3", "1:70000", [], [0]]
        + [[2.5], [True], 0, -3, "-2:4", "1:5000", "2:9999999999999999999"],
    )
    def test_refusals(self, k):
        with pytest.raises(UsageError):
            as_ks(k)

    def test_messages_say_what_to_do(self):
        with pytest.raises(UsageError, match="did you mean 2:15"):
            as_ks("15:2")
        with pytest.raises(UsageError, match="from 1 to 65,536, not 0"):
            as_ks("0:5")

    @pytest.mark.parametrize("options", [{"iters": (0,)}, {"iters": (1.5,)}, {"rule": "elbow"}])
    def test_other_options(self, options):
        with pytest.raises(UsageError):
            SweepOptions(**options)


class TestResults:
    def test_what_is_in_them(self, swept):
        assert swept.ks == tuple(range(2, 10))
        for step in swept.results:
            assert step.palette.shape == (step.k, 3)
            assert step.centers.shape == (step.k, 3)
            assert step.labels.shape == swept.source.shape[:2]
            assert np.array_equal(step.image, step.palette[step.labels])
            assert step.shares.sum() == pytest.approx(1)
            assert (np.diff(step.shares) <= 0).all()
        assert swept[4] is swept.results[2]
        with pytest.raises(KeyError):
            swept[99]

    def test_inertia_falls(self, swept):
        told = [step.inertia for step in swept.results]
        assert told == sorted(told, reverse=True)

    def test_figures_are_those_of_the_pictures(self, swept):
        for step in swept.results:
            measured = metrics.compare(swept.source, step.image)
            assert step.mse == pytest.approx(measured.mse, rel=1e-6)
            assert step.psnr == pytest.approx(measured.psnr, rel=1e-6)
            assert step.ciede2000 == pytest.approx(measured.ciede2000_mean, rel=1e-4)
            assert (
                step.mse * swept.source.shape[0] * swept.source.shape[1] >= step.inertia * 0.999999
            )

    def test_bytes_are_those_of_the_file(self, swept, tmp_path):
        step = swept.results[0]
        path = step.save(tmp_path / "few.png")
        assert path.stat().st_size == step.bytes
        assert np.array_equal(pochade.open_image(path).pixels, step.image)

    def test_table(self, swept):
        table = swept.table()
        assert list(table) == ["k", "inertia", "psnr", "ciede2000", "bytes", "seconds"]
        assert table["k"] == list(swept.ks)
        assert table["bytes"] == [step.bytes for step in swept.results]

    def test_not_worse_than_quantize(self, swept):
        for k in (3, 8):
            alone = pochade.quantize(swept.source, k, guard=False)
            assert swept[k].mse <= metrics.mse(swept.source, alone.image) * 1.001

    @pytest.mark.parametrize("space", ["oklab", "lab", "linear"])
    def test_other_spaces(self, space):
        found = pochade.sweep(photo("60"), "2:5", space=space)
        told = [step.inertia for step in found.results]
        assert told == sorted(told, reverse=True)
        assert found.results[-1].ciede2000 < found.results[0].ciede2000

    def test_same_bytes_whatever_the_threads(self):
        image = photo("90")
        one, two = (pochade.sweep(image, "2:6", threads=threads) for threads in (1, 2))
        for a, b in zip(one.results, two.results, strict=True):
            assert a.palette.tobytes() == b.palette.tobytes()
            assert a.inertia == b.inertia
            assert a.bytes == b.bytes

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 2**32), st.sampled_from([3, 4]), st.integers(1, 40))
    def test_law(self, seed, channels, colors):
        random = np.random.default_rng(seed)
        palette = random.integers(0, 256, (colors, channels), np.uint8)
        palette[::3, -1] = 0
        image = palette[random.integers(0, colors, (6, 7))]
        found = pochade.sweep(image, "1:9", effort="fast", threads=1)
        told = [step.inertia for step in found.results]
        assert told == sorted(told, reverse=True)
        for step in found.results:
            assert len(np.unique(step.palette, axis=0)) == len(step.palette)
            assert int(step.labels.max()) < len(step.palette)
        assert found.chosen in found.ks


class TestFewColours:
    def test_stops_where_every_colour_is_kept_and_says_so(self):
        found = pochade.sweep(flat(5), "2:15")
        assert found.ks == (2, 3, 4, 5)
        assert "only 5 colours" in found.notes[0]
        last = found.results[-1]
        assert (last.inertia, last.mse, last.psnr) == (0, 0, float("inf"))
        assert np.array_equal(last.image, found.source)

    def test_only_more_than_there_are(self):
        found = pochade.sweep(flat(3), "8:15")
        assert found.ks == (3,)
        assert found.chosen == 3

    @pytest.mark.parametrize("shape", [(1, 1, 3), (5, 4, 3), (1, 1, 4)])
    def test_one_colour(self, shape):
        found = pochade.sweep(np.full(shape, 9, np.uint8))
        assert found.ks == (1,)
        assert found.chosen == 1
        assert "only 1 colour:" in found.notes[0]
        assert found.panel().startswith(b"\x89PNG")

    def test_grey(self, tmp_path):
        from PIL import Image

        path = tmp_path / "grey.png"
        Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4).save(path)
        found = pochade.sweep(path, "2:4")
        assert [step.k for step in found.results] == [2, 3, 4]
        assert all(len(set(row)) == 1 for row in found.results[-1].palette.tolist())

    def test_transparency_is_one_of_the_entries(self):
        image = np.zeros((30, 30, 4), np.uint8)
        image[:, 10:] = np.concatenate(
            [photo("30!")[:20, :20], np.full((20, 20, 1), 255, np.uint8)], axis=2
        )[np.arange(30) * 20 // 30]
        found = pochade.sweep(image, "1:6")
        for step in found.results:
            assert (0, 0, 0, 0) in [tuple(row) for row in step.palette.tolist()]
            assert len(step.palette) == max(2, step.k)
            assert not step.image[:, :10].any()
        told = [step.inertia for step in found.results]
        assert told == sorted(told, reverse=True)
        assert told[0] == told[1]  # transparency, and one entry for what can be seen


class TestPlain:
    def test_grid(self):
        found = pochade.sweep(photo(), "4,8", iters=(50, 2, 10))
        assert [[(one.k, one.iters) for one in row] for row in found.grid] == [
            [(4, 2), (8, 2)],
            [(4, 10), (8, 10)],
            [(4, 50), (8, 50)],
        ]
        assert found.results == found.grid[-1]
        for column in zip(*found.grid, strict=True):
            told = [one.inertia for one in column]
            assert told == sorted(told, reverse=True)
            assert all(one.n_iter <= one.iters for one in column)
        assert found.table()["iters"] == [2, 10, 50] * 2

    def test_start_alone(self):
        found = pochade.sweep(photo("60"), "3", init="random", seed=5)
        again = pochade.sweep(photo("60"), "3", init="random", seed=6)
        assert found.grid == ()
        assert found.results[0].inertia != again.results[0].inertia
        assert found.results[0].n_iter < 300

    def test_grid_of_a_picture_with_few_colours(self):
        found = pochade.sweep(flat(4), "2:9", iters=(5, 9))
        assert [[one.k for one in row] for row in found.grid] == [[2, 3, 4]] * 2
        assert found.grid[0][-1].inertia == 0


class TestChoosing:
    @pytest.mark.parametrize("rule", ["knee", "silhouette", "gap", "bic"])
    @pytest.mark.parametrize("k", [3, 6])
    def test_finds_the_number_that_is_there(self, rule, k):
        choice = pochade.choose_k(flat(k, 4.0), rule=rule)
        assert choice.k == k
        assert choice.rule == rule
        assert len(choice.scores) == len(choice.errors) == len(choice.ks)

    @pytest.mark.parametrize("rule", ["knee", "silhouette", "gap", "bic"])
    def test_flat_areas_without_noise(self, rule):
        assert pochade.choose_k(flat(4), rule=rule).k == 4

    def test_target(self):
        image = photo()
        choice = pochade.choose_k(image, "2:20", target_de=8.0)
        found = pochade.sweep(image, "2:20")
        assert choice.rule == "target-de"
        assert found[choice.k].ciede2000 <= 8 < found[choice.k - 1].ciede2000
        far = pochade.choose_k(image, "2:4", target_de=0.1)
        assert far.k == 4
        assert "no k here" in far.reason

    def test_silhouette_has_an_error_only_where_it_is_sampled(self):
        assert max(pochade.choose_k(photo(), rule="silhouette").errors) > 0
        assert max(pochade.choose_k(flat(4), rule="silhouette").errors) == 0

    @pytest.mark.parametrize("rule", ["silhouette", "gap", "bic"])
    def test_as_a_rule_of_quantize(self, rule):
        assert pochade.quantize(flat(5, 3.0), f"auto:{rule}").k == 5
        assert pochade.quantize(flat(1), f"auto:{rule}").k == 1
        assert pochade.quantize(flat(5), f"auto:{rule}").k == 5

    def test_rule_of_quantize_with_transparency(self):
        image = np.dstack([flat(4, 3.0), np.full((40, 60), 255, np.uint8)])
        image[:4] = 0
        result = pochade.quantize(image, "auto:bic")
        assert result.k >= 4


class TestFiles:
    @pytest.mark.parametrize("suffix", ["png", "apng", "webp"])
    def test_the_last_frame_is_exactly_the_original(self, swept, tmp_path, suffix):
        path = swept.save_gif(tmp_path / f"sweep.{suffix}", frame_time=120, hold=900, loop=3)
        found = pochade.open_image(path, frames="all")
        assert len(found.frames) == len(swept.ks) + 1
        assert np.array_equal(found.frames[-1], swept.source)
        for frame, step in zip(found.frames, swept.results, strict=False):
            assert np.array_equal(frame, step.image)
        assert found.durations == (*[120.0] * len(swept.ks), 900.0)
        assert found.loop == 3

    def test_gif_ends_on_the_best_256_colours(self, swept, tmp_path):
        path = swept.save_gif(tmp_path / "sweep.gif", loop=1)
        found = pochade.open_image(path, frames="all")
        for frame, step in zip(found.frames, swept.results, strict=False):
            assert np.array_equal(frame, step.image)
        last = found.frames[-1]
        assert len(np.unique(last.reshape(-1, 3), axis=0)) == 256
        assert metrics.psnr(swept.source, last) > swept.results[-1].psnr + 8
        assert found.loop == 1

    def test_gif_of_few_colours_ends_on_the_original(self, tmp_path):
        found = pochade.sweep(flat(6), "2:8")
        frames = pochade.open_image(found.save_gif(tmp_path / "few.gif"), frames="all").frames
        assert np.array_equal(frames[-1], found.source)

    def test_beyond_256_colours(self, tmp_path):
        found = pochade.sweep(photo(), [250, 256, 300])
        found.save_gif(tmp_path / "many.gif", labels=True)
        assert len(pochade.open_image(tmp_path / "many.gif", frames="all").frames) == 3
        found.save_gif(tmp_path / "many.png")
        assert len(pochade.open_image(tmp_path / "many.png", frames="all").frames) == 4

    @pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
    def test_labels_are_below_the_picture(self, swept, tmp_path, suffix):
        path = swept.save_gif(tmp_path / f"labelled.{suffix}", labels=True)
        height = swept.source.shape[0]
        frames = pochade.open_image(path, frames="all").frames
        assert frames[0].shape[0] > height
        for frame, step in zip(frames, swept.results, strict=False):
            assert np.array_equal(frame[:height], step.image)
            strip = frame[height:]
            assert strip.max() == 255
            assert 32 in strip
        assert not np.array_equal(frames[0][height:], frames[1][height:])
        if suffix != "gif":
            assert np.array_equal(frames[-1][:height], swept.source)

    @pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
    def test_labels_of_tiny_pictures(self, tmp_path, suffix):
        found = pochade.sweep(np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20, "1:3")
        found.save(tmp_path / f"tiny.{suffix}", labels=True)

    def test_panel(self, swept, tmp_path):
        data = swept.panel(tmp_path / "panel.png")
        assert (tmp_path / "panel.png").read_bytes() == data
        sheet = pochade.open_image(data).pixels
        # Eight pictures and the original: every palette's colours are on it, and the mark.
        shown = {tuple(row) for row in np.unique(sheet.reshape(-1, 3), axis=0).tolist()}
        for step in swept.results:
            assert {tuple(row) for row in step.palette.tolist()} <= shown
        assert (200, 60, 20) in shown
        assert swept._repr_png_() == data

    @pytest.mark.parametrize("suffix", ["png", "svg"])
    def test_elbow(self, swept, tmp_path, suffix):
        pytest.importorskip("matplotlib")
        data = swept.elbow(tmp_path / f"elbow.{suffix}")
        assert (tmp_path / f"elbow.{suffix}").read_bytes() == data
        assert swept.elbow(format=suffix) == data
        if suffix == "svg":
            assert b"#c83c14" in data
        else:
            assert pochade.open_image(data).pixels.shape[0] > 700

    def test_elbow_of_a_single_k(self):
        pytest.importorskip("matplotlib")
        assert pochade.sweep(flat(1)).elbow().startswith(b"\x89PNG")

    def test_nothing_is_written_over(self, swept, tmp_path):
        path = tmp_path / "there.gif"
        path.write_text("mine")
        for write in (swept.save_gif, swept.panel, swept.elbow):
            other = path if write == swept.save_gif else path.with_suffix(".png")
            other.write_text("mine")
            with pytest.raises(OutputError, match="exists already"):
                write(other)
            assert other.read_text() == "mine"
        swept.save_gif(path, overwrite=True)

    @pytest.mark.parametrize("name", ["a.jpg", "a", "a.mp4"])
    def test_unknown_endings(self, swept, tmp_path, name):
        with pytest.raises(UsageError, match=r"\.gif"):
            swept.save_gif(tmp_path / name)
        with pytest.raises(UsageError, match=r"\.svg"):
            swept.elbow(tmp_path / name)


def test_cancel_and_progress():
    told: list[float] = []
    pochade.sweep(photo("60"), "2:5", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(CancelledError):
        pochade.sweep(photo("60"), "2:5", cancel=lambda: True)


def test_without_kernels(monkeypatch):
    image = photo("40")
    plain = pochade.sweep(image, "2:6", engine="reference")
    quick = pochade.sweep(image, "2:6")
    for a, b in zip(plain.results, quick.results, strict=True):
        assert a.inertia <= b.inertia * 1.1


def test_iterations_may_be_one_number():
    """As `quantize` takes them."""
    picture = (np.arange(300) % 256).astype(np.uint8).reshape(10, 10, 3)
    one, listed = (pochade.sweep(picture, "2:4", iters=iters) for iters in (3, [3]))
    assert [step.inertia for step in one.results] == [step.inertia for step in listed.results]
    assert [step.iters for step in one.results] == [3, 3, 3]
    with pytest.raises(pochade.UsageError, match="iters"):
        pochade.sweep(picture, iters=0)


def test_a_target_out_of_reach_takes_the_nearest_k():
    from pochade.k_rules import by_target

    choice = by_target([2, 3, 4], [9.0, 5.1, 5.3], 5.0)
    assert choice.k == 3
    assert "nearest" in choice.reason
