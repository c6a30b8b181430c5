"""Clustering on columns: as good as scikit-learn's, the same bytes, and honest about its labels."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pochade
from pochade.errors import CancelledError, InputError, UsageError

IMAGES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.sampled_from([3, 4]))
)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    path = files("pochade") / "data" / "demo" / "spices.jpg"
    return pochade.open_image(str(path), resize="150").pixels


@pytest.mark.parametrize("columns", ["rgb", "rgb,xy", "oklab", "lab,xy", "r,b", "x,y"])
def test_inertia_is_no_worse_than_scikit_learns(photo: np.ndarray, columns: str):
    cluster = pytest.importorskip("sklearn.cluster")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    ours = pochade.table(photo, 8, columns=columns, scale="standard")
    table = pochade.table(photo, columns=columns).features(np.float64)
    scaled = preprocessing.StandardScaler().fit_transform(table)
    np.testing.assert_allclose(ours.features(np.float64), scaled, atol=1e-9)
    # One thread: several wait for each other where other tests run beside them.
    with pytest.importorskip("threadpoolctl").threadpool_limits(1):
        theirs = cluster.KMeans(8, n_init=10, random_state=0).fit(scaled)
    assert ours.inertia <= theirs.inertia_ * 1.002
    # The inertia told is that of the labels and centres told.
    centers = (ours.centers - ours.scaling.mean) / ours.scaling.scale
    gap = scaled - centers[ours.labels.reshape(-1)]
    assert ours.inertia == pytest.approx(np.square(gap).sum(), rel=1e-4)


def test_seed_002_in_one_call_is_its_scripts_result(photo: np.ndarray):
    """StandardScaler, then KMeans from the same start: the same clusters, through other code."""
    cluster = pytest.importorskip("sklearn.cluster")
    ours = pochade.table(photo, 8, scale="standard")
    table = photo.reshape(-1, 3).astype(float)
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    start = (ours.centers - table.mean(axis=0)) / table.std(axis=0)
    theirs = cluster.KMeans(8, init=start, n_init=1, tol=0).fit(scaled)
    same = np.mean(theirs.labels_.reshape(photo.shape[:2]) == ours.labels)
    assert same > 0.99
    assert theirs.inertia_ == pytest.approx(ours.inertia, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    image=IMAGES,
    k=st.integers(1, 9),
    columns=st.sampled_from(["rgb", "rgb,xy", "oklab,x", "y", "g,lab_a"]),
    scale=st.sampled_from(["none", "standard"]),
)
def test_laws_of_a_result(image, k, columns, scale):
    if image.shape[2] == 4 and not image[..., 3].any():
        image[0, 0, 3] = 9
    result = pochade.table(image, k, columns=columns, scale=scale)
    labels, pixels = result.labels, result.clusters.pixels
    hidden = image[..., 3] == 0 if image.shape[2] == 4 else np.zeros(image.shape[:2], bool)
    np.testing.assert_array_equal(labels == -1, hidden)
    seen = labels[~hidden]
    # Each cluster has pixels, the largest comes first, and there are k where there can be.
    np.testing.assert_array_equal(np.bincount(seen, minlength=result.k), pixels)
    assert (np.diff(pixels) <= 0).all()
    assert pixels.min() > 0
    points = result.features(np.float64)
    distinct = len(np.unique(points.astype(np.float32), axis=0))
    assert result.k <= min(k, distinct)
    assert result.k == min(k, distinct) or scale == "standard" or "lab" in columns
    # Every pixel has its nearest centre.
    centers = result.scaling.points(
        dict(zip(result.scaling.columns, result.centers.T, strict=True))
    )
    square = np.square(points[:, None] - centers[None]).sum(axis=2)
    own = square[np.arange(len(points)), seen]
    assert (own <= square.min(axis=1) * (1 + 1e-4) + 1e-4 * (1 + np.square(points).max())).all()
    # The picture is painted in the mean colours; transparency stays.
    for label in range(result.k):
        members = image[labels == label].astype(np.float64)
        alpha = members[:, 3:] if image.shape[2] == 4 else np.ones((len(members), 1))
        mean = (members[:, :3] * alpha).sum(axis=0) / alpha.sum()
        assert np.abs(mean - result.palette[label, :3]).max() <= 0.5 + 1e-9
        painted = result.image[labels == label]
        assert (painted[:, :3] == result.palette[label, :3]).all()
    if image.shape[2] == 4:
        np.testing.assert_array_equal(result.image[..., 3], image[..., 3])
        assert not result.image[hidden].any()


@pytest.mark.parametrize("columns", ["rgb", "rgb,xy"])
def test_the_same_bytes_at_any_number_of_threads(photo: np.ndarray, columns: str):
    one, three = (pochade.table(photo, 12, columns=columns, threads=n) for n in (1, 3))
    assert one.labels.tobytes() == three.labels.tobytes()
    assert one.centers.tobytes() == three.centers.tobytes()
    other = pochade.table(photo, 12, columns=columns, seed=5)
    assert other.inertia == pytest.approx(one.inertia, rel=0.1)


def test_engines_agree(photo: np.ndarray):
    small = photo[::4, ::4]
    found = {
        engine: pochade.table(small, 5, columns="rgb,xy", scale="standard", engine=engine).inertia
        for engine in ("native", "reference")
    }
    assert found["native"] == pytest.approx(found["reference"], rel=0.02)


class TestLargePictures:
    """Beyond `ALL_AT_ONCE` pixels, which the tests lower, points pass in blocks."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pochade.table_cluster.SAMPLE", 2000)

    @pytest.mark.parametrize("transparent", [False, True])
    def test_as_good_as_all_at_once(self, photo, monkeypatch, transparent: bool):
        if transparent:
            alpha = np.full((*photo.shape[:2], 1), 255, np.uint8)
            alpha[20:60, 30:100] = 0
            photo = np.concatenate([photo, alpha], axis=2)
        options = {"columns": "rgb,xy", "scale": "standard"}
        whole = pochade.table(photo, 8, **options)
        monkeypatch.setattr("pochade.table_cluster.ALL_AT_ONCE", 3000)
        pieces = pochade.table(photo, 8, **options)
        assert pieces.inertia <= whole.inertia * 1.01
        assert pieces.clusters.pixels.sum() == whole.clusters.pixels.sum()
        threads = pochade.table(photo, 8, threads=1, **options)
        assert threads.labels.tobytes() == pieces.labels.tobytes()

    def test_plain_k_means(self, photo, monkeypatch):
        monkeypatch.setattr("pochade.table_cluster.ALL_AT_ONCE", 3000)
        runs = [
            pochade.table(photo, 8, columns="rgb,xy", init="random", iters=n) for n in (0, 1, 5)
        ]
        assert [run.clusters.n_iter for run in runs] == [0, 1, 5]
        inertias = [run.inertia for run in runs]
        assert inertias == sorted(inertias, reverse=True)

    def test_it_can_be_stopped(self, photo, monkeypatch):
        monkeypatch.setattr("pochade.table_cluster.ALL_AT_ONCE", 3000)
        with pytest.raises(CancelledError):
            pochade.table(photo, 8, columns="xy", cancel=lambda: True)


class TestWeights:
    def test_a_heavy_position_makes_compact_clusters(self, photo: np.ndarray):
        def spread(weight: float) -> float:
            labels = pochade.table(photo, 20, scale="standard", position_weight=weight).labels
            y, x = np.mgrid[: labels.shape[0], : labels.shape[1]]
            return sum(float(x[labels == one].var() + y[labels == one].var()) for one in range(20))

        assert spread(5.0) < spread(0.5) < spread(0.05)

    def test_a_weight_decides_between_columns(self):
        image = np.zeros((1, 4, 3), np.uint8)
        image[0, :, 0] = [0, 0, 9, 9]
        image[0, :, 1] = [0, 9, 0, 9]
        by_red = pochade.table(image, 2, weight={"r": 2}).labels[0]
        by_green = pochade.table(image, 2, weight=(("g", 2),)).labels[0]
        assert by_red[0] == by_red[1] != by_red[2]
        assert by_green[0] == by_green[2] != by_green[1]

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"weight": {"x": 2}}, "weight names 'x', which is not clustered on"),
            ({"weight": {"r": 0}}, "must be from 1e-06 to 1e\\+06, not 0"),
            ({"weight": {"r": float("nan")}}, "not nan"),
            ({"weight": {"r": "2"}}, "not '2'"),
            ({"columns": "rgb", "position_weight": 2}, "needs x or y"),
            ({"columns": "xy", "position_weight": 2, "weight": {"x": 1}}, "both weigh"),
            ({"position_weight": 0}, "at least 1e-06"),
            ({"columns": "rgb,hue"}, "'hue' is not one of"),
            ({"columns": ()}, "columns is empty"),
            ({"columns": "rgb,a"}, "the picture has none"),
            ({"scale": "minmax"}, "none, standard"),
            ({"add": "hsv"}, "lab, oklab, scaled"),
            ({"size": "3"}, "WIDTHxHEIGHT"),
            ({"k": 0}, "from 1 to 32,767"),
            ({"k": "8"}, "whole number"),
            ({"engine": "abacus"}, "abacus"),
            ({"missing": "black"}, "error, transparent"),
        ],
    )
    def test_what_makes_no_sense_is_explained(self, options, says):
        with pytest.raises(UsageError, match=says):
            pochade.table(np.zeros((2, 2, 3), np.uint8), **({"k": 1} | options))


class TestEdges:
    @pytest.mark.parametrize("columns", ["rgb", "rgb,xy"])
    def test_one_pixel(self, columns: str):
        image = np.array([[[7, 8, 9]]], np.uint8)
        result = pochade.table(image, 8, columns=columns, scale="standard")
        assert result.labels.tolist() == [[0]]
        assert result.image.tolist() == image.tolist()
        assert "only 1 distinct" in result.notes[0]

    def test_one_colour_and_positions(self):
        result = pochade.table(np.full((4, 6, 3), 50, np.uint8), 4, columns="rgb,xy")
        assert result.k == 4
        assert (result.image == 50).all()

    def test_everything_transparent(self):
        image = np.zeros((3, 3, 4), np.uint8)
        with pytest.raises(InputError, match="every pixel is transparent"):
            pochade.table(image, 2)
        assert pochade.table(image, 2, columns="rgba").labels.tolist() == [[0] * 3] * 3

    def test_alpha_among_the_columns(self):
        image = np.array([[[9, 9, 9, 0], [255, 0, 0, 255], [250, 0, 0, 250]]], np.uint8)
        result = pochade.table(image, 2, columns="rgba")
        assert result.labels.tolist() == [[1, 0, 0]]
        assert result.palette.tolist() == [[253, 0, 0, 252], [0, 0, 0, 0]]  # colours count by alpha

    def test_without_k_there_are_no_clusters(self):
        result = pochade.table(np.zeros((2, 2, 3), np.uint8))
        with pytest.raises(UsageError, match="give table a k"):
            _ = result.labels
        assert result.image is result.source
        assert result._repr_png_()[:4] == b"\x89PNG"

    def test_grey_and_sixteen_bits(self):
        grey = np.array([[0, 65535], [300, 257]], np.uint16)
        result = pochade.table(grey, 2)
        assert result.source[0, 1].tolist() == [255, 255, 255]
        assert result.labels.tolist() == [[0, 1], [0, 0]]


def test_a_pipeline_of_scaler_and_k_means(photo: np.ndarray):
    sklearn = pytest.importorskip("sklearn.pipeline")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    from pochade.estimators import KMeans

    table = np.stack(list(pochade.table(photo, columns="rgb").features(np.float64).T), axis=1)
    pipeline = sklearn.Pipeline(
        [("scale", preprocessing.StandardScaler()), ("cluster", KMeans(8, random_state=0))]
    ).fit(table)
    ours = pochade.table(photo, 8, scale="standard")
    labels = pipeline.predict(table)
    assert pipeline["cluster"].inertia_ == pytest.approx(ours.inertia, rel=0.03)
    assert labels.shape == (photo.shape[0] * photo.shape[1],)
    # The other way: scaled by the table, clustered by the estimator.
    points = pochade.table(photo, scale="standard").features()
    np.testing.assert_allclose(points, pipeline["scale"].transform(table), atol=1e-5)
