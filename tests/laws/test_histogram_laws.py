"""What counting and mapping back must satisfy on any small picture."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pochade import histogram_reference as reference
from pochade.histogram import bin_colors, count_colors, map_nearest

# Few distinct values, so that equal colours, equal cells and ties happen.
values = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 7, 8, 127, 128, 248, 255]))


@st.composite
def images(draw, channels=None):
    c = channels or draw(st.sampled_from([3, 4]))
    shape = (draw(st.integers(1, 5)), draw(st.integers(1, 23)), c)
    return draw(arrays(np.uint8, shape, elements=values))


@given(images(), st.randoms(use_true_random=False))
def test_the_order_of_pixels_does_not_matter(image, random):
    pixels = image.reshape(-1, image.shape[2]).copy()
    order = list(range(len(pixels)))
    random.shuffle(order)
    a, b = count_colors([image]), count_colors([pixels[order][:, None]])
    np.testing.assert_array_equal(a.colors, b.colors)
    np.testing.assert_array_equal(a.counts, b.counts)


@given(images())
def test_counting_loses_nothing(image):
    counted = count_colors([image])
    assert counted.counts.sum() == image.shape[0] * image.shape[1]
    assert len(np.unique(counted.colors, axis=0)) == len(counted)
    labels = counted.labels_for(image, np.arange(len(counted)))
    expected = image.copy()
    if image.shape[2] == 4:
        expected[expected[..., 3] == 0] = 0
    np.testing.assert_array_equal(counted.colors[labels], expected)


@given(images(), st.data())
def test_integer_weights_are_repeats(image, data):
    weights = data.draw(arrays(np.uint8, image.shape[:2], elements=st.integers(0, 3)))
    counted = count_colors([image], weights=[weights])
    repeated = np.repeat(image.reshape(-1, image.shape[2]), weights.reshape(-1), axis=0)
    assert len(counted) == len(count_colors([image]))  # a colour of weight 0 is still there
    present = counted.weights > 0
    if len(repeated):
        again = count_colors([repeated[:, None]])
        np.testing.assert_array_equal(counted.colors[present], again.colors)
        np.testing.assert_array_equal(counted.weights[present], again.counts)
    else:
        assert not present.any()


@given(st.lists(images(channels=3), min_size=1, max_size=3))
def test_several_images_count_as_one_long_one(several):
    together = count_colors(several)
    long = np.concatenate([image.reshape(-1, 1, 3) for image in several])
    alone = count_colors([long])
    np.testing.assert_array_equal(together.colors, alone.colors)
    np.testing.assert_array_equal(together.counts, alone.counts)
    for image in several:
        labels = together.labels_for(image, np.arange(len(together)))
        np.testing.assert_array_equal(together.colors[labels], image)


@settings(max_examples=200)
@given(images(), st.data())
def test_the_nearest_entry_is_the_nearest(image, data):
    k = data.draw(st.integers(1, 40))
    palette = data.draw(arrays(np.uint8, (k, image.shape[2]), elements=values))
    np.testing.assert_array_equal(
        map_nearest(image, palette), reference.map_nearest(image, palette)
    )


@given(images(channels=3), st.sampled_from([5, 6]), st.integers(1, 4))
def test_bins_hold_their_means(image, bits, step):
    binned = bin_colors(image, bits=bits, step=step)
    side = 1 << (8 - bits)
    cells = binned.means.astype(np.uint8) // side
    assert len(np.unique(cells, axis=0)) == len(binned)
    means, weights = reference.bin_colors(image, bits, step)
    np.testing.assert_array_equal(binned.means, means)
    np.testing.assert_array_equal(binned.weights, weights)
    labels = binned.labels_for(image, np.arange(len(binned)))
    if step == 1:
        np.testing.assert_array_equal(cells[labels], image // side)
