"""Label images as files: grey PNG of 16 bits, RGB PNG of 24, TIFF of 32, or .npy."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS: Final = ("png", "tiff", "npy")


def encode_labels(labels: NDArray[np.integer[Any]], format: str) -> bytes:
    """The numbers themselves, without loss.

    PNG: grey of 16 bits up to 65,536 labels; beyond, RGB with the label R + 256 G + 65536 B, as
    the panoptic annotations of COCO have it. TIFF: grey of 16 bits up to 65,536 labels, of 32
    beyond. npy: int32, for `numpy.load`.

    Args:
        labels: (h, w), not negative.
        format: one of `FORMATS`.

    Raises:
        UsageError: another format, or more labels than a PNG can hold (2^24).
    """
    if format == "npy":
        return encode_array(labels.astype(np.int32, copy=False))
    if format not in FORMATS:
        raise UsageError(f"labels go into {', '.join(FORMATS)}, not {format}")
    from PIL import Image as Pillow

    count = int(labels.max()) + 1
    buffer = BytesIO()
    if count <= 1 << 16:
        picture = Pillow.fromarray(labels.astype(np.uint16))
    elif format == "tiff":
        picture = Pillow.fromarray(labels.astype(np.int32))
    elif count <= 1 << 24:
        parts = [(labels >> shift) & 255 for shift in (0, 8, 16)]
        picture = Pillow.fromarray(np.stack(parts, axis=2).astype(np.uint8))
    else:
        raise UsageError(f"a PNG holds 16,777,216 labels, not {count:,}; use .tif or .npy")
    settings = {"compression": "tiff_adobe_deflate"} if format == "tiff" else {}
    picture.save(buffer, format.upper(), **settings)
    return buffer.getvalue()


def encode_array(array: NDArray[Any]) -> bytes:
    """An array as .npy."""
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def encode_grey(grey: NDArray[np.uint8], format: str) -> bytes:
    """(h, w) uint8 as a picture file: with a palette of greys where the format has one."""
    from pochade.io.save import INDEXED_FORMATS, save_full, save_indexed

    if format in INDEXED_FORMATS:
        ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
        return save_indexed(None, grey, ramp, format=format)
    return save_full(None, np.repeat(grey[:, :, None], 3, axis=2), format=format)
