"""Products of PyTorch matrices with rounded inputs. Never imports torch: it is handed over."""

from __future__ import annotations

from typing import Any


def product(torch: Any, one: Any, other: Any, precision: str) -> Any:
    """The matrix product, in float32, of float32 matrices whose numbers are rounded first.

    tf32 keeps 10 bits after the point and bf16 7. A card's matrix units work on such numbers; where
    there are none, the rounded numbers are multiplied in float32, with the same result but for the
    order of the sum.
    """
    if precision == "bf16":
        one, other = one.bfloat16(), other.bfloat16()
        if one.device.type == "cuda":
            return torch.mm(one, other, out_dtype=torch.float32)
        return one.float() @ other.float()
    if precision == "tf32":
        one, other = tf32(torch, one), tf32(torch, other)
        if one.device.type == "cuda":
            settings = torch.backends.cuda.matmul
            before = settings.fp32_precision
            settings.fp32_precision = "tf32"
            try:
                return one @ other
            finally:
                settings.fp32_precision = before
    return one @ other


def tf32(torch: Any, values: Any) -> Any:
    """Round float32 to 10 bits after the point, halves away from zero."""
    bits = values.contiguous().view(torch.int32)
    return ((bits + 0x1000) & ~0x1FFF).view(torch.float32)
