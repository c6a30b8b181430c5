"""The one place that hands bytes to Pillow: one plugin, no warnings, no foreign exceptions."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, cast

from pochade.errors import InputError, LimitError, PochadeError
from pochade.io.limits import Limits, check_size
from pochade.io.source import printable

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

# The class of each plugin, called directly: `Image.open` would import five plugins for any file
# without a known suffix, and its JPEG entry would follow multi-picture files.
_PLUGINS = {
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "PPM": ("PIL.PpmImagePlugin", "PpmImageFile"),
}


class _Quiet:
    """Switches Python's warnings off while any thread decodes, and back on after the last.

    `warnings.catch_warnings` alone swaps a process-wide list: two threads that leave it in the
    wrong order would leave warnings off for good. Pillow's own pixel check (also process-wide)
    is switched off only while a `Limits(allow_huge=True)` is at work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._huge_users = 0
        self._filters: warnings.catch_warnings[None] | None = None
        self._pillow_limit: int | None = None

    def enter(self, huge: bool) -> None:
        with self._lock:
            if self._users == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._users += 1
            if huge:
                from PIL import Image

                if self._huge_users == 0:
                    self._pillow_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
                self._huge_users += 1

    def leave(self, huge: bool) -> None:
        with self._lock:
            if huge:
                from PIL import Image

                self._huge_users -= 1
                if self._huge_users == 0:
                    Image.MAX_IMAGE_PIXELS = self._pillow_limit
            self._users -= 1
            if self._users == 0 and self._filters is not None:
                self._filters.__exit__(None, None, None)
                self._filters = None


_QUIET = _Quiet()


class _NoNativeMessages:
    """Points file descriptor 2 at nothing while any thread decodes a TIFF.

    libtiff writes its complaints there itself, one for each odd tag and with bytes of the file in
    them; Pillow offers no way to stop it. What other threads write meanwhile is lost too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._saved: int | None = None

    def enter(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                with suppress(OSError):  # no descriptor 2, nothing to silence
                    self._saved = os.dup(2)
                    nothing = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(nothing, 2)
                    os.close(nothing)

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._saved is not None:
                os.dup2(self._saved, 2)
                os.close(self._saved)
                self._saved = None


_NO_NATIVE_MESSAGES = _NoNativeMessages()


@contextmanager
def decoding(name: str, format_name: str, limits: Limits) -> Iterator[None]:
    """Turn whatever decoding raises into one InputError or LimitError naming the file.

    Args:
        name: the source, safe to print.
        format_name: what the bytes claim to be.
        limits: for `allow_huge`.
    """
    _QUIET.enter(limits.allow_huge)
    silenced = format_name == "TIFF"
    if silenced:
        _NO_NATIVE_MESSAGES.enter()
    try:
        yield
    except PochadeError:
        raise
    except MemoryError as error:
        raise LimitError(
            f"{name} needs more memory than there is; scale it first, or lower --max-pixels"
        ) from error
    except Exception as error:
        if type(error).__name__ == "DecompressionBombError":
            raise LimitError(f"{name} has too many pixels; scale it first") from error
        reason = printable(str(error) or type(error).__name__)[:160]
        raise InputError(
            f"{name} is a broken or unsupported {format_name} file ({reason}); "
            "export it again from its source"
        ) from error
    finally:
        if silenced:
            _NO_NATIVE_MESSAGES.leave()
        _QUIET.leave(limits.allow_huge)


def open_lazily(stream: BinaryIO, format_name: str, name: str, limits: Limits) -> ImageFile:
    """Read the header with the one plugin for the format, and check the size. Nothing is decoded.

    Must run inside `decoding`.

    Raises:
        LimitError: the header says more pixels than allowed.
    """
    module, class_name = _PLUGINS[format_name]
    image = cast("ImageFile", getattr(import_module(module), class_name)(stream))
    check_size(image.width, image.height, name, limits)
    if format_name == "TIFF":
        _check_tiles(image, name, limits)
    return image


def _check_tiles(image: Image, name: str, limits: Limits) -> None:
    """A small TIFF may declare a huge tile, which is decoded whole."""
    tags = getattr(image, "tag_v2", {})
    width, height = tags.get(322), tags.get(323)
    if isinstance(width, int) and isinstance(height, int):
        check_size(width, height, f"a tile of {name}", limits)
