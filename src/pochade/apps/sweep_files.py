"""The options of `pochade sweep` that concern files; those of the library are in sweep_options."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.apps import file_options
from pochade.apps.file_options import STANDARD
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number

ANIMATIONS = ("gif", "apng", "webp")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFiles:
    """Which pictures are read, and what is written about them."""

    inputs: tuple[str, ...] = file_options.inputs()
    gif: str | None = option(
        None,
        "Write an animation of all k that ends on the original; .gif, .png, .apng or .webp.",
        metavar="FILE",
        group="Files",
    )
    output: str | None = file_options.output(
        "The same; - is standard output. With --gif, a second animation, such as a WebP."
    )
    panel: str | None = option(
        None,
        "Write a sheet of all pictures with k, PSNR and bytes under each, as .png.",
        metavar="FILE",
        group="Files",
    )
    elbow: str | None = option(
        None,
        "Write a plot of error and silhouette over k, as .png or .svg (the plot extra).",
        metavar="FILE",
        group="Files",
    )
    out_dir: str | None = file_options.out_dir(
        "Folder for STEM-sweep.gif, STEM-panel.png and, where matplotlib is, STEM-elbow.svg of "
        "every input."
    )
    format: str | None = file_options.form(
        ANIMATIONS, "Form of the animation in --out-dir and on standard output (gif unless given)."
    )
    force: bool = file_options.force()
    max_pixels: int | None = file_options.max_pixels()
    allow_huge: bool = file_options.allow_huge()
    frame_time: float = option(
        600.0,
        "Milliseconds that the animation shows each k.",
        parse=number,
        minimum=0,
        maximum=65_535,
        metavar="MS",
        group="Animation",
    )
    hold: float = option(
        2000.0,
        "Milliseconds that it shows the original at the end.",
        parse=number,
        minimum=0,
        maximum=65_535,
        metavar="MS",
        group="Animation",
    )
    loop: int = option(
        0,
        "How often it plays; 0 is for ever.",
        parse=whole_number,
        minimum=0,
        maximum=65_535,
        metavar="N",
        group="Animation",
    )
    labels: bool = option(
        False,
        'Write "k = 8" under each frame, on a strip of its own.',
        group="Animation",
    )

    def __post_init__(self) -> None:
        check(self)
        file_options.check_sources(self.inputs)
        single = [name for name in ("gif", "output", "panel", "elbow") if getattr(self, name)]
        flags = {"output": "-o"}
        named = [flags.get(name, f"--{name}") for name in single]
        if len(self.inputs) > 1 and single:
            raise UsageError(f"{named[0]} takes one input; with several, give --out-dir instead")
        if self.out_dir is not None and single:
            raise UsageError(f"{named[0]} and --out-dir exclude each other; give one of them")
        for flag in ("gif", "panel", "elbow"):
            if getattr(self, flag) == STANDARD:
                raise UsageError(f"--{flag} needs a file's name; only -o takes - (an animation)")
        if self.panel is not None and not self.panel.lower().endswith(".png"):
            raise UsageError(f"the panel is a PNG: {self.panel} does not end in .png")
