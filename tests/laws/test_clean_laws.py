"""Laws of cleaning that hold for any picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pochade
from pochade.clean_options import DETECTORS
from pochade.errors import InputError

pictures = st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4])).flatmap(
    lambda shape: hnp.arrays(
        np.uint8, shape, elements=st.sampled_from([0, 1, 30, 90, 128, 200, 254, 255])
    )
)
options = st.fixed_dictionaries(
    {},
    optional={
        "white": st.integers(128, 255),
        "black": st.integers(0, 127),
        "saturation": st.sampled_from([(0, 80), (10, 100), "auto"]),
        "hue": st.sampled_from([(0, 180), (300, 60), "auto"]),
        "isolated": st.one_of(st.integers(8, 255), st.just("auto")),
        "specks": st.one_of(st.integers(1, 50), st.just("auto")),
        "rare": st.one_of(st.floats(0.001, 0.2), st.just("auto")),
        "grain": st.integers(1, 64),
        "fill": st.sampled_from(["harmonic", "median", "nearest"]),
    },
)


@settings(deadline=None)
@given(image=pictures, given_=options, result=st.sampled_from(["fill", "transparent", "mask"]))
def test_what_is_not_noise_stays_as_it_was(image: np.ndarray, given_: dict, result: str):
    before = image.copy()
    try:
        cleaned = pochade.clean(image, result=result, **given_)
    except InputError:
        with_mask = pochade.clean(image, result="mask", **given_)
        seen = image[..., 3] > 0 if image.shape[2] == 4 else np.ones(image.shape[:2], bool)
        assert with_mask.mask[seen].all()
        return
    assert np.array_equal(image, before)
    kept = ~cleaned.mask
    assert cleaned.image.dtype == np.uint8
    assert cleaned.image.shape[:2] == image.shape[:2]
    if result == "mask":
        assert np.array_equal(cleaned.image[..., 0] == 255, cleaned.mask)
        return
    channels = image.shape[2]
    assert np.array_equal(cleaned.image[kept][:, :channels], image[kept])
    if result == "transparent":
        assert not cleaned.image[cleaned.mask].any()


@settings(deadline=None)
@given(image=pictures, given_=options)
def test_findings_add_up(image: np.ndarray, given_: dict):
    cleaned = pochade.clean(image, result="mask", **given_)
    assert list(cleaned.reasons) == [name for name in DETECTORS if name in cleaned.reasons]
    for place, name in enumerate(DETECTORS):
        found = int(np.count_nonzero(cleaned.flags >> place & 1))
        assert found == (cleaned.reasons[name].count if name in cleaned.reasons else 0)
    assert max((one.count for one in cleaned.reasons.values()), default=0) <= cleaned.count
    assert all(one.threshold is not None or not one.count for one in cleaned.reasons.values())


@settings(deadline=None)
@given(image=pictures, how=st.sampled_from(["harmonic", "median", "nearest"]))
def test_a_fill_stays_between_what_is_around(image: np.ndarray, how: str):
    picture = image[..., :3].copy()
    picture[0, 0] = (90, 30, 128)
    picture[-1, -1] = 255 if picture.shape[:2] != (1, 1) else 90
    cleaned = pochade.clean(picture, white=200, fill=how)
    kept = picture[~cleaned.mask]
    assert (cleaned.image >= kept.min(axis=0)).all()
    assert (cleaned.image <= kept.max(axis=0)).all()
