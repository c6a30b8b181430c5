"""What `palette` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.palette.contrast import Text
    from pochade.palette.gather import Source
    from pochade.palette.roles import Role
    from pochade.palette_options import PaletteOptions
    from pochade.types import Palette


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A pixel that shows a colour.

    Attributes:
        picture: which picture or frame, from 0.
        x: from the left, from 0, in the whole picture.
        y: from the top, from 0.
        depth: steps to the nearest pixel of another colour of the palette.
    """

    picture: int
    x: int
    y: int
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch:
    """One colour of a palette and all that is known of it.

    Attributes:
        hex: "#rrggbb", or "#rrggbbaa" where a palette file has it translucent.
        rgb: red, green, blue, 0..255.
        share: the part of the pixels that it stands for, 0..1; None from a palette file.
        name: from the lists, or from the palette file.
        location: a pixel well inside an area of this colour; None without a picture, or where no
            pixel is nearest to it.
        text: "#000000" or "#ffffff", whichever can be read better on it.
        contrast: the WCAG contrast ratio of that, at least 4.58.
        roles: the roles that it plays, see `PaletteResult.roles`.
    """

    hex: str
    rgb: tuple[int, int, int]
    share: float | None
    name: str
    location: Location | None
    text: str
    contrast: float
    roles: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, as the JSON file and the report have it."""
        place = self.location
        return {
            "hex": self.hex,
            "rgb": list(self.rgb),
            "name": self.name,
            "share": None if self.share is None else round(self.share, 9),
            "text": self.text,
            "contrast": round(self.contrast, 3),
            "roles": list(self.roles),
            "location": None
            if place is None
            else {"picture": place.picture, "x": place.x, "y": place.y},
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class PaletteResult:
    """The colours of a picture. In a notebook it shows itself.

    Finding `colors` and `shares` is all that `palette` does; everything else is computed when it
    is first asked for, and kept.

    Attributes:
        colors: (k, 3) uint8, in the order asked for; (k, 4) from a palette file with transparency.
        shares: (k,) float64, the part of the pixels that each stands for, summing to 1; an
            estimate where pixels were sampled. None from a palette file.
        options: every setting that was used.
        sources: the pictures that were looked at, not copied.
        engine: name of the engine that did the arithmetic.
        reason: why that engine.
        notes: sentences worth showing, such as that the picture has fewer than k colours.
        given_names: the names in the palette file; None from a picture.
    """

    colors: Palette
    shares: NDArray[np.float64] | None
    options: PaletteOptions
    sources: tuple[Source, ...] = field(repr=False)
    engine: str
    reason: str
    notes: tuple[str, ...]
    given_names: tuple[str, ...] | None = field(repr=False)

    def __len__(self) -> int:
        """Number of colours."""
        return len(self.colors)

    @property
    def hex(self) -> tuple[str, ...]:
        """Each colour as "#rrggbb", or "#rrggbbaa" where it is not opaque."""
        from pochade.io.palette_text_out import hex_of
        from pochade.io.palette_writing import swatches_of

        return tuple(hex_of(color) for color in swatches_of(self.colors).colors)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each colour: the palette file's, else the nearest of the list, none twice."""
        from pochade.palette.names import name_colors

        found = name_colors(self.colors, self.options.names)
        if self.given_names is None:
            return found
        return tuple(own or near for own, near in zip(self.given_names, found, strict=True))

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Black or white for each colour, with its WCAG contrast."""
        from pochade.palette.contrast import text_on

        return tuple(text_on(self.colors))

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Who is dominant, vibrant, muted, light, dark (and variants), and why, or why nobody."""
        from pochade.palette.roles import find_roles

        return find_roles(self.colors, self.shares)

    @cached_property
    def locations(self) -> tuple[Location | None, ...]:
        """A pixel well inside an area of each colour, in the picture that has most of it."""
        from pochade.palette.locate import locate

        return locate(self.sources, self.colors, self.options)

    @cached_property
    def swatches(self) -> tuple[Swatch, ...]:
        """Each colour with all that is known of it."""
        players: dict[int, list[str]] = {}
        for name, role in self.roles.items():
            if role.index is not None:
                players.setdefault(role.index, []).append(name)
        return tuple(
            Swatch(
                hex=number,
                rgb=(int(color[0]), int(color[1]), int(color[2])),
                share=None if self.shares is None else float(self.shares[place]),
                name=self.names[place],
                location=self.locations[place],
                text=self.texts[place].color,
                contrast=self.texts[place].contrast,
                roles=tuple(players.get(place, ())),
            )
            for place, (number, color) in enumerate(zip(self.hex, self.colors, strict=True))
        )

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values: what `save("palette.json")` writes."""
        return {
            "palette": [swatch.as_dict() for swatch in self.swatches],
            "roles": {
                name: {
                    "color": None if role.index is None else self.hex[role.index],
                    "reason": role.reason,
                }
                for name, role in self.roles.items()
            },
        }

    def encode(self, format: str, *, title: str = "") -> bytes:
        """A palette file in memory.

        Args:
            format: a name of `pochade.io.palette_writing.FORMATS`, such as "ase" or "css".
            title: what the palette is called, where the format has a place for that.

        Raises:
            UsageError: an unknown format, or more colours than it holds.
        """
        from pochade.io.palette_writing import FORMATS, encode_palette, swatches_of

        if format == "json":
            import json

            whole = {"title": title, **self.as_dict()} if title else self.as_dict()
            return (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()
        named = format not in FORMATS or FORMATS[format].named
        swatches = swatches_of(self.colors, self.names if named else ())
        captions = [] if self.shares is None else [f"{share:.1%}" for share in self.shares]
        return encode_palette(swatches, format, title=title, captions=captions)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,
        title: str = "",
        overwrite: bool = False,
    ) -> Path:
        """Write a palette file; the ending decides the format unless one is named.

        Endings: .json .hex .css .scss .less .js (Tailwind) .gpl .ase .aco .act .pal (JASC) .txt
        (Paint.NET) .svg .png. Formats that share one: "tailwind-css" (.css), "riff-pal" (.pal).

        Args:
            path: where to write.
            format: a name of `pochade.io.palette_writing.FORMATS`.
            title: what the palette is called, where the format has a place for that.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            UsageError: an unknown ending or format, or more colours than it holds.
            OutputError: the file exists, or cannot be written.
        """
        from pathlib import Path

        from pochade.io.palette_writing import palette_format_of
        from pochade.io.write import atomic_write

        data = self.encode(format or palette_format_of(path), title=title)
        atomic_write(path, data, overwrite=overwrite)
        return Path(path)

    def _repr_svg_(self) -> str:
        """A sheet of swatches, for notebooks."""
        return self.encode("svg").decode()
