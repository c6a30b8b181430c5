"""The table and the plot of docs/benchmarks.md, made from results/*.json."""

from __future__ import annotations

import json

from benchmarks.quantize.measure import RESULTS
from benchmarks.quantize.pictures import ROOT

DOCS = ROOT / "docs"
START, END = "<!-- results: made by python -m benchmarks.quantize report -->", "<!-- end -->"


def run() -> None:
    """Write the results into docs/benchmarks.md and draw docs/img/benchmark-kodak.png."""
    page = DOCS / "benchmarks.md"
    text = page.read_text()
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    parts = [_kodak(), _large(), _commands(), _perceptual(), _dithered(), _quality()]
    made = "\n".join(part for part in parts if part)
    page.write_text(f"{before}{START}\n\n{made}\n{END}{after}")
    _plot()


def _read(name: str) -> dict | None:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def _heading(title: str, found: dict) -> str:
    context = found["context"]
    versions = ", ".join(
        f"{name} {version}" for name, version in context["versions"].items() if version[0].isdigit()
    )
    return (
        f"### {title}\n\n"
        f"{context['threads']} thread(s), {context['processor']}, kernels {context['kernels']}, "
        f"commit {context['commit']}, pngquant {context['pngquant']}; {versions}.\n"
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _kodak() -> str:
    parts = []
    for threads in (1, 2):
        found = _read(f"quantize-kodak-{threads}")
        if not found:
            continue
        ks = sorted({row["k"] for row in found["rows"]})
        by_name: dict[str, dict[int, dict]] = {}
        for row in found["rows"]:
            by_name.setdefault(row["name"], {})[row["k"]] = row
        rows = []
        for name, of_k in by_name.items():
            few = min(row["photos"] for row in of_k.values()) < 12
            cells = [
                f"{of_k[k]['error_ratio']:.3f} in {of_k[k]['time_ratio']:.2f}" if k in of_k else ""
                for k in ks
            ]
            rows.append([name + (" (3 photos)" if few else ""), *cells])
        title = f"Kodak photos: error ratio in time ratio, {threads} thread(s)"
        parts.append(_heading(title, found))
        parts.append(_table(["", *(f"k = {k}" for k in ks)], rows))
    return "\n".join(parts)


def _large() -> str:
    parts = []
    for threads in (1, 2):
        found = _read(f"quantize-large-{threads}")
        if not found:
            continue
        rows = [
            [
                f"{row['photo']} ({row['megapixels']} MP)",
                row["name"],
                f"{row['error']:.2f}",
                f"{row['time_ratio']:.2f} ({row['milliseconds']:.0f} ms)",
                f"{row['extra_bytes_ratio']:.2f}",
            ]
            for row in found["rows"]
        ]
        parts.append(_heading(f"Large photos, k = 256, {threads} thread(s)", found))
        head = ["photo", "", "squared error", "time / FASTOCTREE", "extra memory / image"]
        parts.append(_table(head, rows))
    return "\n".join(parts)


def _commands() -> str:
    found = _read("quantize-commands-2")
    if not found:
        return ""
    rows = [
        [
            row["name"],
            f"{row['wall_ratio']:.2f} ({1000 * row['pochade_seconds']:.0f} ms)",
            f"{row['wall_ratio_nofs']:.2f}",
            f"{row['error_ratio']:.3f}",
            f"{row['bytes_ratio']:.3f}",
        ]
        for row in found["rows"]
    ]
    head = ["", "wall / pngquant", "wall / --nofs", "error / --nofs", "bytes / --nofs"]
    return _heading("Whole commands, k = 256", found) + "\n" + _table(head, rows)


def _perceptual() -> str:
    found = _read("quantize-perceptual")
    if not found:
        return ""
    rows = [
        [
            str(row["k"]),
            row["name"],
            f"{100 * row['oklab']:.3f}",
            f"{row['ciede2000']:.3f}",
            f"{row['ciede2000_three']:.3f}",
            f"{row['ssim']:.4f}",
        ]
        for row in found["rows"]
    ]
    head = ["k", "", "100 x OKLab", "CIEDE2000", "CIEDE2000 on 03, 13, 23", "SSIM"]
    return _heading("Perceptual figures, Kodak, not dithered", found) + "\n" + _table(head, rows)


def _dithered() -> str:
    found = _read("quantize-dithered")
    if not found:
        return ""
    rows = [
        [str(row["k"]), row["name"], f"{row['scielab']:.3f}", f"{100 * row['blurred_oklab']:.3f}"]
        for row in found["rows"]
    ]
    head = ["k", "", "S-CIELAB", "100 x blurred OKLab"]
    return _heading("Dithered, Kodak", found) + "\n" + _table(head, rows)


def _quality() -> str:
    found = _read("quantize-equal-error")
    if not found:
        return ""
    rows = [
        [
            row["name"],
            row["pngquant"],
            row["space"],
            f"{row['our_colors']} / {row['their_colors']}" if "our_colors" in row else "",
            f"{row['our_ciede2000']} / {row['their_ciede2000']}" if "our_colors" in row else "",
            _bytes_cell(row),
        ]
        for row in found["rows"]
    ]
    head = ["", "pngquant", "our space", "colours", "CIEDE2000", "bytes ratio"]
    title = "Bytes at equal error, pngquant --quality 65-80"
    return _heading(title, found) + "\n" + _table(head, rows)


def _bytes_cell(row) -> str:
    if "our_colors" not in row:
        return row["note"]
    return f"{row['bytes_ratio']:.3f}" + ("" if row["reached"] else " (error not reached)")


def _plot() -> None:
    found = _read("quantize-kodak-1")
    if not found:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6), sharey=False)
    for panel, k in zip(panels, (16, 256), strict=True):
        for row in found["rows"]:
            if row["k"] != k:
                continue
            ours = row["name"].startswith("pochade")
            panel.plot(
                row["time_ratio"],
                row["error_ratio"] - 1,
                "o",
                color="#c1440e" if ours else "#5a6b7b",
                ms=8 if ours else 5,
            )
            panel.annotate(
                row["name"],
                (row["time_ratio"], row["error_ratio"] - 1),
                textcoords="offset points",
                xytext=(6, 3),
                fontsize=7,
                color="#c1440e" if ours else "#333",
            )
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_title(f"k = {k}", fontsize=10)
        panel.set_xlabel("time, in units of Pillow's FASTOCTREE")
        panel.grid(alpha=0.25, which="major")
        panel.margins(x=0.2)
    panels[0].set_ylabel("error above the best known")
    figure.suptitle("Kodak photos, one thread: lower and further left is better", fontsize=11)
    figure.tight_layout()
    (DOCS / "img").mkdir(exist_ok=True)
    figure.savefig(DOCS / "img" / "benchmark-kodak.png", dpi=110)
