"""Where results go: names made from inputs and options, before any work is done. Pure functions.

Only `refuse_existing` and `make_folder` look at the outside. pathlib, which takes as long to load
as a small picture to encode, is left to the functions that a run with -o does not need.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pochade.apps.file_options import FORMATS, STANDARD
from pochade.apps.quantize_files import FileOptions
from pochade.errors import OutputError, UsageError
from pochade.quantize_options import QuantizeOptions

if TYPE_CHECKING:
    from pathlib import PurePath

SUFFIXES = {
    "png": ".png",
    "gif": ".gif",
    "webp": ".webp",
    "bmp": ".bmp",
    "tiff": ".tif",
    "jpeg": ".jpg",
    "avif": ".avif",
}
NAMED = {suffix: name for name, suffix in SUFFIXES.items()} | {".jpeg": "jpeg", ".tiff": "tiff"}


class Target(NamedTuple):
    """Where one result goes.

    Attributes:
        source: The input it is made from.
        format: One of `FORMATS`.
        path: The file, or "-" for standard output; "" while it depends on the number of colours.
        stem: What `path` will begin with once that number is known.
    """

    source: str
    format: str
    path: str
    stem: str = ""

    def named(self, k: int) -> str:
        """The file for a result of `k` colours.

        >>> Target("a.png", "png", "", "folder/a").named(5)
        'folder/a-k5.png'
        """
        return self.path or f"{self.stem}-k{k}{SUFFIXES[self.format]}"


def plan(files: FileOptions, options: QuantizeOptions) -> list[Target]:
    """A target for each input, in order.

    Raises:
        UsageError: two results would have the same name, or a name does not tell its format.
    """
    if files.output is not None or (files.inputs == (STANDARD,) and files.out_dir is None):
        return [explicit(files.inputs[0], files.output or STANDARD, files.format)]
    stems = output_stems(files.inputs, files.out_dir)
    name = files.format or FORMATS[0]
    targets = [
        Target(source=source, format=name, path="", stem=stem)
        for source, stem in zip(files.inputs, stems, strict=True)
    ]
    refuse_twice(files.inputs, stems, f"-k...{SUFFIXES[name]}")
    k = known_k(options)
    if k is None:
        return targets
    return [Target(t.source, t.format, t.named(k), t.stem) for t in targets]


def known_k(options: QuantizeOptions) -> int | None:
    """The number in the name of the result where the options alone tell it."""
    targets = (options.palette, options.quality, options.target_de, options.max_bytes)
    if any(target is not None for target in targets) or isinstance(options.k, str):
        return None
    return 16 if options.k is None else options.k


def explicit(source: str, output: str, form: str | None) -> Target:
    """The target for `-o`: the format by --format, else by the name; a PNG on standard output."""
    if form is None and output != STANDARD:
        suffix = os.path.splitext(output)[1].lower()  # noqa: PTH122
        form = NAMED.get(suffix)
        if form is None:
            raise UsageError(
                f"{output} does not end in a known format; "
                f"use one of {', '.join(NAMED)}, or give --format"
            )
    return Target(source=source, format=form or FORMATS[0], path=output)


def one_each(inputs: Sequence[str], out_dir: str | None, ending: str, form: str) -> list[Target]:
    """A target for each input, named after it and ending in `ending`.

    Raises:
        UsageError: two of them would have the same name.
    """
    paths = [stem + ending for stem in output_stems(inputs, out_dir)]
    refuse_twice(inputs, paths)
    return [
        Target(source=source, format=form, path=path)
        for source, path in zip(inputs, paths, strict=True)
    ]


def refuse_twice(inputs: Sequence[str], names: Sequence[str], rest: str = "") -> None:
    """Raise UsageError where two inputs would have results of the same name."""
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        both = [source for source, name in zip(inputs, names, strict=True) if name == twice]
        raise UsageError(
            f"{' and '.join(both)} would both become {twice}{rest}; give them one by one, with -o"
        )


def output_stems(inputs: Sequence[str], out_dir: str | None) -> list[str]:
    """What the name of each result begins with: folder and the input's name without its ending.

    Beside each input, or in `out_dir`, where the folders below the deepest one common to all
    inputs are kept. Addresses and standard input count as files in the current folder.

    >>> output_stems(["pics/a/x.png", "pics/b/x.png"], "out")
    ['out/a/x', 'out/b/x']
    """
    from pathlib import Path, PurePath

    paths = [local_name(name) for name in inputs]
    if out_dir is None:
        return [str(path.with_suffix("")) for path in paths]
    folders = [Path.cwd().joinpath(path).parent for path in paths]
    try:
        common = PurePath(os.path.commonpath(folders))
    except ValueError:  # different drives
        return [str(PurePath(out_dir) / path.stem) for path in paths]
    return [
        str(PurePath(out_dir) / folder.relative_to(common) / path.stem)
        for folder, path in zip(folders, paths, strict=True)
    ]


def local_name(name: str) -> PurePath:
    """The file name that an input stands for.

    >>> str(local_name("https://example.org/a/b%20c.jpg?x=1")), str(local_name("-"))
    ('b c.jpg', 'stdin')
    """
    from pathlib import PurePath

    if name == STANDARD:
        return PurePath("stdin")
    if "://" not in name:
        path = PurePath(name)
        return path if path.name else PurePath("picture")
    from urllib.parse import unquote, urlsplit

    last = unquote(urlsplit(name).path).replace("\\", "/").rpartition("/")[2]
    safe = "".join(letter for letter in last if letter.isprintable() and letter not in ':*?"<>|')
    return PurePath(safe[:100].lstrip(".-") or "picture")


def refuse_existing(path: str, *, force: bool) -> None:
    """Raise OutputError where `path` exists and may not be written over."""
    if not force and path != STANDARD and os.path.lexists(path):
        raise OutputError(f"{path} exists already; -f writes over it")


def make_folder(path: str) -> None:
    """Make the folder of a result in --out-dir.

    Raises:
        OutputError: it cannot be made.
    """
    from pathlib import Path

    folder = Path(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot make this folder: {error.strerror}") from error
