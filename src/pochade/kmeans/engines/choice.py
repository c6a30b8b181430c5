"""An engine as it is asked for: `NAME[:DEVICE][,SETTING=VALUE...]`, wherever a name is taken."""

from __future__ import annotations

from dataclasses import dataclass

from pochade.errors import UsageError

PRECISIONS = ("float32", "tf32", "bf16")
"""What the inputs of matrix products are rounded to; sums and results are float32 in any case."""

LARGEST_BLOCK = 1 << 24


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What was asked for.

    Attributes:
        name: the engine's.
        device: one of its devices, such as "cuda:1"; "" for the fastest that is there.
        block: points worked on at once; 0 lets the engine choose.
        precision: one of PRECISIONS.
    """

    name: str
    device: str = ""
    block: int = 0
    precision: str = "float32"

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that were given, by name."""
        given = [("device", self.device), ("block", self.block)]
        if self.precision != "float32":
            given.append(("precision", self.precision))
        return tuple(name for name, value in given if value)


def parse_choice(text: str) -> EngineChoice:
    """Read an engine's name with its device and settings.

    Raises:
        UsageError: a setting that there is not, or a value that makes no sense.

    >>> parse_choice("torch:cuda:0,block=4096,precision=tf32")
    EngineChoice(name='torch', device='cuda:0', block=4096, precision='tf32')
    """
    head, *settings = text.split(",")
    name, _, device = head.partition(":")
    values: dict[str, str] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in ("block", "precision") or key in values:
            raise UsageError(
                f"the engine {text!r} has the setting {setting!r}; settings are block=ROWS and "
                f"precision={'|'.join(PRECISIONS)}, each once."
            )
        values[key] = value
    precision = values.get("precision", "float32")
    if precision not in PRECISIONS:
        raise UsageError(
            f"the precision of an engine must be one of {', '.join(PRECISIONS)}, not {precision!r}."
        )
    rows = values.get("block", "0")
    block = int(rows) if rows.isdecimal() and rows.isascii() and len(rows) < 10 else 0
    if "block" in values and not 1 <= block <= LARGEST_BLOCK:
        raise UsageError(
            "the block of an engine must be a whole number from 1 to "
            f"{LARGEST_BLOCK}, not {rows!r}."
        )
    return EngineChoice(name, device, block, precision)
