"""oxipng, the lossless PNG optimiser, through its wheel pyoxipng (MIT, extra `png`)."""

from __future__ import annotations

from io import BytesIO

from pochade.errors import EngineUnavailableError, OutputError, UsageError


def optimize_png(png: bytes, *, level: int = 4) -> bytes:
    """The smallest of `png` and what oxipng makes of it; its pixels are checked to be the same.

    oxipng may change bit depth, palette order and filters; the picture stays indexed.

    Args:
        png: a PNG file.
        level: oxipng's level, 0 (quick) to 6 (thorough).

    Raises:
        UsageError: `level` is not 0 to 6.
        EngineUnavailableError: oxipng is not installed.
        OutputError: oxipng failed or its pixels differ (a defect there, never a silent change).
    """
    if not 0 <= level <= 6:
        raise UsageError(f"the oxipng level must be 0 to 6, not {level}.")
    try:
        import oxipng
    except ImportError as error:
        raise EngineUnavailableError(
            "optimising needs oxipng, which is not installed; run: pip install 'pochade[png]'."
        ) from error
    try:
        smaller: bytes = oxipng.optimize_from_memory(
            png, level=level, color_type_reduction=False, grayscale_reduction=False
        )
    except oxipng.PngError as error:
        raise OutputError(f"oxipng could not optimise the result: {error}.") from error
    if len(smaller) >= len(png):
        return png
    if _rgba(smaller) != _rgba(png):
        raise OutputError("oxipng changed pixels; write the picture without optimising it.")
    return smaller


def _rgba(png: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(png), formats=["PNG"]) as picture:
        return picture.convert("RGBA").tobytes()
