"""The quantizers that are compared, each as (picture, k) -> (palette, labels).

Libraries are imported inside, so that a missing one only leaves its rows out.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image

Quantizer = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def ours(picture: np.ndarray, k: int, *, effort: str, space: str = "srgb", threads: int = 1):
    """pochade's own modes."""
    import pochade

    result = pochade.quantize(picture, k, effort=effort, space=space, threads=threads, guard=True)
    return result.palette, result.labels


def pillow(picture: np.ndarray, k: int, *, method: int):
    """Pillow's own quantizers; the array is wrapped, not copied, as a caller would."""
    indexed = Image.fromarray(picture).quantize(k, method=method, dither=Image.Dither.NONE)
    palette = np.frombuffer(indexed.palette.palette, np.uint8).reshape(-1, 3)
    return palette, np.asarray(indexed)


def libimagequant(picture: np.ndarray, k: int):
    """The imagequant wheel at its default speed, without dithering."""
    import imagequant

    indexed = imagequant.quantize_pil_image(
        Image.fromarray(picture).convert("RGBA"), dithering_level=0.0, max_colors=k
    )
    palette = np.frombuffer(bytes(indexed.getpalette("RGB")), np.uint8).reshape(-1, 3)
    return palette, np.asarray(indexed)


def scikit_all(picture: np.ndarray, k: int, *, n_init: int = 1):
    """scikit-learn's KMeans over all pixels."""
    from sklearn.cluster import KMeans

    pixels = picture.reshape(-1, 3).astype(np.float32)
    model = KMeans(k, n_init=n_init, random_state=0).fit(pixels)
    return _rounded(picture, model.cluster_centers_, model.labels_)


def scikit_unique(picture: np.ndarray, k: int, *, n_init: int = 1):
    """scikit-learn's KMeans over the distinct colours, weighted."""
    from sklearn.cluster import KMeans

    packed = picture.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    codes, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colors = np.stack([codes >> 16, (codes >> 8) & 255, codes & 255], axis=1).astype(np.float32)
    model = KMeans(k, n_init=n_init, random_state=0).fit(colors, sample_weight=counts)
    return _rounded(picture, model.cluster_centers_, model.labels_[inverse])


def scikit_gallery(picture: np.ndarray, k: int):
    """scikit-learn's own example: fit 1,000 pixels, predict all."""
    from sklearn.cluster import KMeans
    from sklearn.utils import shuffle

    pixels = picture.reshape(-1, 3).astype(np.float64) / 255
    sample = shuffle(pixels, random_state=0, n_samples=1000)
    model = KMeans(k, n_init=1, random_state=0).fit(sample)
    return _rounded(picture, model.cluster_centers_ * 255, model.predict(pixels))


def minibatch(picture: np.ndarray, k: int):
    """scikit-learn's MiniBatchKMeans over all pixels."""
    from sklearn.cluster import MiniBatchKMeans

    pixels = picture.reshape(-1, 3).astype(np.float32)
    model = MiniBatchKMeans(k, n_init=1, random_state=0, batch_size=4096).fit(pixels)
    return _rounded(picture, model.cluster_centers_, model.labels_)


def opencv(picture: np.ndarray, k: int):
    """OpenCV's kmeans, k-means++ start, 10 iterations."""
    import cv2

    pixels = picture.reshape(-1, 3).astype(np.float32)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 10, 0)
    cv2.setRNGSeed(0)
    _, labels, centers = cv2.kmeans(pixels, k, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    return _rounded(picture, centers, labels.reshape(-1))


def faiss_kmeans(picture: np.ndarray, k: int):
    """Faiss' Kmeans with its defaults (at most 256 points a centroid)."""
    import faiss

    pixels = picture.reshape(-1, 3).astype(np.float32)
    model = faiss.Kmeans(3, k, seed=0)
    model.train(pixels)
    labels = model.index.search(pixels, 1)[1].reshape(-1)
    return _rounded(picture, model.centroids, labels)


def _rounded(picture: np.ndarray, centers: np.ndarray, labels: np.ndarray):
    palette = np.clip(np.rint(centers), 0, 255).astype(np.uint8)
    return palette, np.asarray(labels).reshape(picture.shape[:2])


OUR_MODES: dict[str, Quantizer] = {
    f"pochade {effort}": partial(ours, effort=effort) for effort in ("fast", "default", "max")
}

QUICK_PEERS: dict[str, Quantizer] = {
    "Pillow FASTOCTREE": partial(pillow, method=Image.Quantize.FASTOCTREE),
    "Pillow MEDIANCUT": partial(pillow, method=Image.Quantize.MEDIANCUT),
    "Pillow MAXCOVERAGE": partial(pillow, method=Image.Quantize.MAXCOVERAGE),
    "libimagequant": libimagequant,
    "scikit-learn, 1,000 pixels": scikit_gallery,
    "scikit-learn, unique colours": scikit_unique,
    "faiss": faiss_kmeans,
}

SLOW_PEERS: dict[str, Quantizer] = {
    "scikit-learn, all pixels": scikit_all,
    "scikit-learn, unique colours, n_init=10": partial(scikit_unique, n_init=10),
    "scikit-learn, MiniBatchKMeans": minibatch,
    "OpenCV kmeans": opencv,
}

_NEEDS = {
    "libimagequant": "imagequant",
    "scikit-learn": "sklearn",
    "faiss": "faiss",
    "OpenCV": "cv2",
}


def installed(quantizers: dict[str, Quantizer]) -> dict[str, Quantizer]:
    """Those of the quantizers whose library is here."""
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")

    def here(name: str) -> bool:
        module = next((m for start, m in _NEEDS.items() if name.startswith(start)), None)
        return module is None or importlib.util.find_spec(module) is not None

    return {name: call for name, call in quantizers.items() if here(name)}
