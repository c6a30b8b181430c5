"""Which photos and projects `paint` reads, and what it writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pochade.apps import file_options
from pochade.errors import UsageError
from pochade.options import check, number, option, text, whole_number
from pochade.painting.print_size import parse_size
from pochade.shared_options import resize

FORMS = ("png", "jpeg", "webp", "tiff", "bmp", "avif", "svg", "gif", "apng", "pochade")
MAKING = ("gif", "apng")
"""Forms that as the result mean the painting being made."""


def knob_and_value(word: str) -> tuple[str, str | float | int | bool | None]:
    """`--set`: KNOB=VALUE, the value read as JSON would where it is a number, true, false or null.

    >>> knob_and_value("softness=0.2"), knob_and_value("solve=false")
    (('softness', 0.2), ('solve', False))
    """
    name, equals, value = word.partition("=")
    if not name or not equals or not value:
        raise ValueError(f"must be KNOB=VALUE, such as softness=0.2, not {word!r}")
    plain: dict[str, bool | None] = {"true": True, "false": False, "null": None}
    name = name.strip().replace("-", "_")
    if value in plain:
        return name, plain[value]
    if re.fullmatch(r"-?\d{1,15}", value):
        return name, int(value)
    try:
        return name, number(value)
    except ValueError:
        return name, value


def dab(word: str) -> tuple[float, float, float, float]:
    """`--dab`: X,Y,RADIUS,AMOUNT in pixels of the photo; the amount from -1 to 1.

    >>> dab("320,200,40,0.8")
    (320.0, 200.0, 40.0, 0.8)
    """
    try:
        values = [number(part) for part in word.split(",")]
    except ValueError:
        values = []
    if len(values) != 4 or values[2] <= 0 or not -1 <= values[3] <= 1:
        raise ValueError(f"must be X,Y,RADIUS,AMOUNT with an amount from -1 to 1, not {word!r}")
    x, y, radius, amount = values
    return x, y, radius, amount


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintFileOptions:
    """Which photos are read, what is written, and what is done to a project."""

    inputs: tuple[str, ...] = file_options.inputs(
        "Photos: files, - for standard input, or https addresses; or projects (.pochade)."
    )
    output: str | None = file_options.output(
        "Where the painting goes; - is standard output. The ending decides what it is: a picture, "
        ".svg, .pochade (the project), or .gif or .apng (the painting being made)."
    )
    out_dir: str | None = file_options.out_dir()
    force: bool = file_options.force()
    format: str | None = file_options.form(FORMS)
    size: str | None = option(
        None,
        "How large it is drawn, whatever the photo: a longest side (4000), WxH to fit into, with "
        "mm, cm or in on paper (40x30cm), or a5 to a0.",
        parse=parse_size,
        metavar="SIZE",
        group="Files",
    )
    scale: float | None = option(
        None,
        "How large it is drawn, times the photo.",
        parse=number,
        minimum=0.001,
        maximum=1000,
        metavar="X",
        group="Files",
    )
    dpi: float | None = option(
        None,
        "Dots per inch: of sizes on paper (300 unless given), and written into the file.",
        parse=number,
        minimum=1,
        maximum=10_000,
        metavar="N",
        group="Files",
    )
    quality: int = option(
        90,
        "Quality of JPEG and AVIF.",
        parse=whole_number,
        minimum=1,
        maximum=100,
        metavar="N",
        group="Files",
    )
    svg_dabs: bool = option(
        False,
        "In SVG, lay a dab of paint for each anchor over the regions.",
        group="Files",
    )
    contact_sheet: str | None = option(
        None,
        "Also write the twelve levels beside each other, with their scores, as a PNG.",
        parse=text,
        metavar="FILE",
        group="Files",
    )
    making: str | None = option(
        None,
        "Also write the painting being made, coarse to fine: .gif, .webp, .apng, or a folder of "
        "numbered PNGs.",
        parse=text,
        metavar="FILE|DIR",
        group="Files",
    )
    frames: int = option(
        24,
        "How many frames of the making.",
        parse=whole_number,
        minimum=2,
        maximum=240,
        metavar="N",
        group="Files",
    )
    clip: bool = option(
        False,
        "Paint the frames of an animation, or all inputs in order as frames, without flicker: "
        "what does not move keeps its paint.",
        group="Files",
    )
    project: str | None = option(
        None,
        "Go on with this project, or begin it: its painting is drawn after the changes asked for, "
        "and the project is saved again.",
        parse=text,
        metavar="FILE",
        group="Project",
    )
    set: tuple[tuple[str, str | float | int | bool | None], ...] = option(
        (),
        "Turn a knob, such as softness=0.2 or look.relief=0.5. May be repeated.",
        parse=knob_and_value,
        repeat=True,
        metavar="KNOB=VALUE",
        group="Project",
    )
    dab: tuple[tuple[float, float, float, float], ...] = option(
        (),
        "More detail around a place (less with a negative amount), in pixels of the photo; amounts "
        "go from -1 to 1. May be repeated.",
        parse=dab,
        repeat=True,
        metavar="X,Y,RADIUS,AMOUNT",
        group="Project",
    )
    undo: int = option(
        0,
        "Take back so many changes of a project first.",
        parse=whole_number,
        minimum=0,
        metavar="N",
        group="Project",
    )
    redo: int = option(
        0,
        "Do so many changes again that were taken back.",
        parse=whole_number,
        minimum=0,
        metavar="N",
        group="Project",
    )
    photo_in_project: bool = option(
        True,
        "Keep a reduced photo in a project, so that everything can be changed later.",
        group="Project",
    )
    resize: str | None = resize()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs, "a photo or a project")
        if not (self.clip and self.output is not None and self.out_dir is None):
            file_options.check_places(self.inputs, self.output, self.out_dir)
        if self.size is not None and self.scale is not None:
            raise UsageError("--size and --scale exclude each other; give one of them")
        single = ("contact_sheet", "making", "project")
        given = [name for name in single if getattr(self, name) is not None]
        if given and (len(self.inputs) > 1 or self.clip):
            name = given[0].replace("_", "-")
            raise UsageError(f"--{name} takes one photo; give the others in runs of their own")
        if self.clip and (self.set or self.dab or self.undo or self.redo):
            raise UsageError("--clip paints new frames; it has no project to change")
        if (self.undo or self.redo) and self.undo * self.redo:
            raise UsageError("--undo and --redo exclude each other; give one of them")
