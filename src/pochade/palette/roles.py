"""What each colour of a palette is good for: dominant, vibrant, muted, light, dark.

The roles are those of Android's Palette and of Vibrant.js, decided in OKLCH (B. Ottosson's OKLab in
polar form), where equal numbers look about equally light and equally strong for every hue. A role
is played by a colour of the palette or by none, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pochade.color.convert import convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Palette

VIVID: Final = 0.09
"""OKLCH chroma from which a colour is vivid; below it, it is muted. Pure red has 0.26."""
LIGHT: Final = 0.72
"""OKLCH lightness from which a colour is light (0 is black, 1 white)."""
DARK: Final = 0.45
"""OKLCH lightness up to which a colour is dark."""
HALF_MEANT: Final = 0.58
"""The lightness that `vibrant` and `muted` would like best."""

ROLES: Final = (
    "dominant",
    "vibrant",
    "light_vibrant",
    "dark_vibrant",
    "muted",
    "light_muted",
    "dark_muted",
    "light",
    "dark",
)


@dataclass(frozen=True, slots=True)
class Role:
    """Who plays a role: the place of a colour in the palette, or None, and the reason."""

    index: int | None
    reason: str


def find_roles(colors: Palette, shares: NDArray[np.float64] | None) -> dict[str, Role]:
    """The role of each name in `ROLES`; one colour may play several.

    - dominant: the largest share.
    - vibrant: a vivid colour, the stronger, the larger and the nearer to half light the better;
      light_vibrant and dark_vibrant: the same among the light and among the dark colours.
    - muted, light_muted, dark_muted: the same among the colours that are not vivid, by share and
      lightness.
    - light, dark: the lightest of the light colours, the darkest of the dark ones.

    Args:
        colors: (k, 3) uint8, k at least 1.
        shares: (k,), or None where nothing is known of them: then all count alike, and no colour
            is dominant.

    >>> find_roles(np.array([[200, 30, 30], [20, 20, 24]], np.uint8), None)["vibrant"].reason
    'the vivid colour that stands out most (chroma 0.20, lightness 0.53)'
    """
    lab = convert(np.ascontiguousarray(colors[:, :3]), "srgb", "oklab").astype(np.float64)
    light, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    size = np.sqrt(np.full(len(colors), 1 / len(colors)) if shares is None else shares)
    centred = 1 - np.abs(light - HALF_MEANT)
    vivid, muted = chroma >= VIVID, chroma < VIVID
    strength = np.minimum(chroma / 0.2, 1.25)
    scores = {"vibrant": 2 * strength + centred + 0.5 * size, "muted": centred + 1.5 * size}
    found = {"dominant": _dominant(shares)}
    bands = {"": light >= 0, "light_": light >= LIGHT, "dark_": light <= DARK}
    for kind, member in (("vibrant", vivid), ("muted", muted)):
        for band, inside in bands.items():
            best = _best(scores[kind], member & inside)
            if best is None:
                found[band + kind] = Role(None, _none_reason(band, kind, light, chroma))
                continue
            words = f"the {band.replace('_', ' ')}{_ADJECTIVE[kind]} colour that stands out most"
            found[band + kind] = Role(
                best, f"{words} (chroma {chroma[best]:.2f}, lightness {light[best]:.2f})"
            )
    found["light"] = _extreme(light, light >= LIGHT, "light")
    found["dark"] = _extreme(-light, light <= DARK, "dark")
    return {name: found[name] for name in ROLES}


_ADJECTIVE: Final = {"vibrant": "vivid", "muted": "muted"}


def _best(score: NDArray[np.float64], member: NDArray[np.bool_]) -> int | None:
    if not member.any():
        return None
    return int(np.where(member, score, -np.inf).argmax())


def _dominant(shares: NDArray[np.float64] | None) -> Role:
    if shares is None:
        return Role(None, "a palette alone does not say how much of each colour there is")
    best = int(shares.argmax())
    return Role(best, f"the largest share ({shares[best]:.1%})")


def _extreme(score: NDArray[np.float64], member: NDArray[np.bool_], word: str) -> Role:
    """The lightest of the light or the darkest of the dark; `score` is ± the lightness."""
    best = int(score.argmax())
    lightness = abs(float(score[best]))
    if member.any():
        return Role(best, f"the {word}est colour (lightness {lightness:.2f})")
    limit = f"from {LIGHT}" if word == "light" else f"up to {DARK}"
    return Role(None, f"no colour is {word} ({limit}): the {word}est has lightness {lightness:.2f}")


def _none_reason(
    band: str, kind: str, light: NDArray[np.float64], chroma: NDArray[np.float64]
) -> str:
    """Why no colour of a kind (vibrant, muted) lies in a band of lightness."""
    member = chroma >= VIVID if kind == "vibrant" else chroma < VIVID
    word = _ADJECTIVE[kind]
    if not member.any():
        if kind == "vibrant":
            return f"no colour is vivid: the strongest has chroma {chroma.max():.2f}, below {VIVID}"
        return f"no colour is muted: the weakest has chroma {chroma.min():.2f}, not below {VIVID}"
    if band == "light_":
        return (
            f"no {word} colour is light: the lightest of them has lightness "
            f"{light[member].max():.2f}, below {LIGHT}"
        )
    return (
        f"no {word} colour is dark: the darkest of them has lightness "
        f"{light[member].min():.2f}, above {DARK}"
    )
