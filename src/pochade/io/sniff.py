"""Which format some bytes are, by content and never by file name."""

from __future__ import annotations

HEAD = 64
"""How many leading bytes `sniff` wants to see."""

_MAGICS = (
    ((b"\x89PNG\r\n\x1a\n",), "PNG"),
    ((b"\xff\xd8\xff",), "JPEG"),
    ((b"GIF87a", b"GIF89a"), "GIF"),
    ((b"BM",), "BMP"),
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"),
)

_REFUSED = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"qoif", "QOI"),
    (b"\0\0\1\0", "ICO"),
    (b"\0\0\2\0", "CUR"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"DDS ", "DDS"),
    (b"icns", "ICNS"),
    (b"SIMPLE", "FITS"),
    (b"\x89HDF", "HDF5"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "a program"),
)

_SUFFIXES = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "GIF": (".gif",),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif", ".avifs"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
}
FORMATS = tuple(_SUFFIXES)
"""The formats that are read, by Pillow's names; nothing else ever reaches a decoder."""

_FORMAT_OF_SUFFIX = {suffix: name for name, group in _SUFFIXES.items() for suffix in group}


def sniff(head: bytes) -> str | None:
    r"""Name the format that the first `HEAD` bytes of a file announce.

    Args:
        head: the first bytes; fewer than `HEAD` only when the file is shorter.

    Returns:
        One of `FORMATS`, or None when the bytes are none of them.

    >>> sniff(b"\xff\xd8\xff\xe0"), sniff(b"<html>")
    ('JPEG', None)
    """
    for magics, name in _MAGICS:
        if head.startswith(magics):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and (head[8:12] in {b"avif", b"avis"} or _lists_avif(head)):
        return "AVIF"
    if head[:2] in {b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf"} and head[2:3].isspace():
        return "PPM"
    return None


def _lists_avif(head: bytes) -> bool:
    """Whether a generic HEIF file names AVIF among its compatible brands."""
    return head[8:12] in {b"mif1", b"msf1"} and b"avif" in head[16:]


def describe_refused(head: bytes) -> str:
    """Say what unreadable bytes look like, for an error message."""
    for magic, name in _REFUSED:
        if head.startswith(magic):
            return name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if start.startswith((b"<svg", b"<?xml")):
        return "SVG or XML"
    if head[4:8] == b"ftyp":
        return "HEIC or video"
    return "none of them"


def format_of_suffix(suffix: str) -> str | None:
    """The format that a file name's ending promises, None for unknown endings."""
    return _FORMAT_OF_SUFFIX.get(suffix.lower())


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height from a WebP header, None when the header is none.

    Source: RFC 9649, sections 2.5 to 2.7 (VP8, VP8L and VP8X chunks).

    Args:
        head: at least the first 30 bytes of the file.
    """
    if len(head) < 30:
        return None
    chunk = head[12:16]
    if chunk == b"VP8X":
        return (
            int.from_bytes(head[24:27], "little") + 1,
            int.from_bytes(head[27:30], "little") + 1,
        )
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        return (
            int.from_bytes(head[26:28], "little") & 0x3FFF,
            int.from_bytes(head[28:30], "little") & 0x3FFF,
        )
    return None
