"""Derive every colour matrix from its published definition and write them where they are used.

Run from the repository root after a change here; the tests check that the files are up to date:

    python tools/derive_color_constants.py

Sources
-------
- sRGB primaries and D65 white chromaticities: IEC 61966-2-1:1999. The matrix to CIE XYZ is solved
  from them in exact fractions, as CSS Color 4 does, not taken from the standard's four digits.
- OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020),
  https://bottosson.github.io/posts/oklab/, with the 64-bit matrices of CSS Color 4
  (w3c/csswg-drafts#6642), which make white land on (1, 0, 0) to the last digit. They differ from
  the ten digits of the article by less than 1e-7 in the product from linear sRGB.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

Matrix = list[list[Fraction]]
ROOT = Path(__file__).resolve().parent.parent
PYTHON_FILE = ROOT / "src/pochade/color/constants.py"
CPP_FILE = ROOT / "src/pochade/native/color_constants.hpp"

PRIMARIES = (("0.64", "0.33"), ("0.30", "0.60"), ("0.15", "0.06"))
WHITE_XY = ("0.3127", "0.3290")
XYZ_TO_LMS = (
    ("0.819022437996703", "0.3619062600528904", "-0.1288737815209879"),
    ("0.0329836539323885", "0.9292868615863434", "0.0361446663506424"),
    ("0.0481771893596242", "0.2642395317527308", "0.6335478284694309"),
)
LMS_TO_OKLAB = (
    ("0.210454268309314", "0.7936177747023054", "-0.0040720430116193"),
    ("1.9779985324311684", "-2.4285922420485799", "0.450593709617411"),
    ("0.0259040424655478", "0.7827717124575296", "-0.8086757549230774"),
)


def transposed(m: Matrix) -> Matrix:
    return [list(column) for column in zip(*m, strict=True)]


def multiply(a: Matrix, b: Matrix) -> Matrix:
    return [
        [sum((x * y for x, y in zip(row, col, strict=True)), Fraction(0)) for col in transposed(b)]
        for row in a
    ]


def inverse(m: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = m
    adjugate = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    determinant = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
    return [[x / determinant for x in row] for row in adjugate]


def parse(rows: tuple[tuple[str, ...], ...]) -> Matrix:
    return [[Fraction(x) for x in row] for row in rows]


def xyz_of(xy: tuple[str, str]) -> list[Fraction]:
    """CIE XYZ with Y = 1 of a chromaticity."""
    x, y = Fraction(xy[0]), Fraction(xy[1])
    return [x / y, Fraction(1), (1 - x - y) / y]


def rows_to_one(m: Matrix) -> Matrix:
    """Each row divided by its sum, so that equal inputs give equal outputs exactly."""
    return [[x / sum(row) for x in row] for row in m]


def derive() -> dict[str, Matrix]:
    white = xyz_of(WHITE_XY)
    unscaled = transposed([xyz_of(xy) for xy in PRIMARIES])
    scale = multiply(inverse(unscaled), [[w] for w in white])
    to_xyz = [[x * s[0] for x, s in zip(row, scale, strict=True)] for row in unscaled]
    to_relative = rows_to_one([[x / w for x in row] for row, w in zip(to_xyz, white, strict=True)])
    to_lms = rows_to_one(multiply(parse(XYZ_TO_LMS), to_xyz))
    to_oklab = parse(LMS_TO_OKLAB)
    return {
        "LINEAR_TO_XYZ": to_xyz,
        "XYZ_TO_LINEAR": inverse(to_xyz),
        "LINEAR_TO_RELATIVE_XYZ": to_relative,
        "RELATIVE_XYZ_TO_LINEAR": inverse(to_relative),
        "LINEAR_TO_LMS": to_lms,
        "LMS_TO_LINEAR": inverse(to_lms),
        "LMS_TO_OKLAB": to_oklab,
        "OKLAB_TO_LMS": inverse(to_oklab),
        "WHITE_XYZ": [white],
    }


MEANING = {
    "LINEAR_TO_XYZ": "linear sRGB to CIE XYZ, Y of white = 1",
    "XYZ_TO_LINEAR": "the inverse of LINEAR_TO_XYZ",
    "LINEAR_TO_RELATIVE_XYZ": "linear sRGB to X/Xn, Y/Yn, Z/Zn; each row sums to 1",
    "RELATIVE_XYZ_TO_LINEAR": "the inverse of LINEAR_TO_RELATIVE_XYZ",
    "LINEAR_TO_LMS": "linear sRGB to OKLab's cone responses; each row sums to 1",
    "LMS_TO_LINEAR": "the inverse of LINEAR_TO_LMS",
    "LMS_TO_OKLAB": "cube roots of the cone responses to OKLab",
    "OKLAB_TO_LMS": "OKLab to the cube roots of the cone responses",
    "WHITE_XYZ": "D65, 2 degree observer",
}


def python_text() -> str:
    lines = [
        '"""Colour matrices, written by tools/derive_color_constants.py, which cites sources."""',
        "",
        "from __future__ import annotations",
        "",
        "Row = tuple[float, float, float]",
        "",
    ]
    for name, matrix in derive().items():
        lines.append(f"# {MEANING[name]}")
        if len(matrix) == 1:
            lines.append(f"{name}: Row = ({', '.join(repr(float(x)) for x in matrix[0])})")
            continue
        lines.append(f"{name}: tuple[Row, Row, Row] = (")
        lines += [f"    ({', '.join(repr(float(x)) for x in row)})," for row in matrix]
        lines.append(")")
    return "\n".join(lines) + "\n"


def cpp_text() -> str:
    lines = [
        "// Colour matrices; written by tools/derive_color_constants.py, which cites the sources.",
        "#pragma once",
        "",
        "namespace pochade::color {",
        "",
    ]
    for name, matrix in derive().items():
        lines.append(f"// {MEANING[name]}")
        if len(matrix) == 1:
            values = ", ".join(f"{float(x)!r}f" for x in matrix[0])
            lines.append(f"constexpr float {name}[3] = {{{values}}};")
            continue
        lines.append(f"constexpr float {name}[3][3] = {{")
        lines += [f"    {{{', '.join(f'{float(x)!r}f' for x in row)}}}," for row in matrix]
        lines.append("};")
    return "\n".join([*lines, "", "}  // namespace pochade::color", ""])


def main() -> int:
    PYTHON_FILE.write_text(python_text(), encoding="utf-8")
    CPP_FILE.write_text(cpp_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
