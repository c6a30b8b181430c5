"""A photo seen in colour space, three clusters of it, and the photo in k = 2 to 10 colours.

What it shows: a photo is a cloud of points, k-means parts the cloud around k centroids, and after
the first few, each further cluster adds less.

    python examples/matcha_panel.py                      # a photo that comes with pochade
    python examples/matcha_panel.py latte.jpg
    python examples/matcha_panel.py https://example.org/latte.jpg

Needs the `plot` extra for the drawings of the cloud. After "K-means for color compression", whose
picture was a matcha latte.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pochade

PHOTO = Path(pochade.__file__).parent / "data" / "demo" / "desert.jpg"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", nargs="?", default=PHOTO, help="a file or an https address")
    parser.add_argument("--out-dir", type=Path, default=Path("matcha-panel"))
    parser.add_argument("--size", default="320", help="longest side, or WxH")
    options = parser.parse_args(arguments)
    folder = options.out_dir
    folder.mkdir(parents=True, exist_ok=True)

    # 1. Read the picture, smaller: each pixel is a row of red, green and blue, 0 to 255.
    picture = pochade.open_image(options.image, resize=options.size).pixels
    height, width, channels = picture.shape
    print(f"picture: {height} x {width} x {channels}, {height * width:,} pixels")
    print(f"first pixels: {picture.reshape(-1, channels)[:3].tolist()}")
    pochade.table(picture).save(folder / "resized.png", overwrite=True)

    # 2. Every colour at its place in the cube, as the picture has it.
    own = pochade.cloud(picture, title="The colours of the picture")
    own.save(folder / "cloud-own.png", overwrite=True)
    print(
        f"cloud: {len(own.colors):,} different colours; the commonest has {own.counts.max()} pixels"
    )

    # 3. Three clusters. The black dots are their means; they need not be colours of the picture.
    three = pochade.cloud(picture, 3, by="cluster", title="The same colours in three clusters")
    three.save(folder / "cloud-k3.png", overwrite=True)
    three.save(folder / "cloud-k3.html", overwrite=True)  # turn it, point at it
    pochade.quantize(picture, 3).save(folder / "k3.png", overwrite=True)  # the same clusters
    for center, share in zip(three.centroids, three.shares, strict=True):
        red, green, blue = center
        print(f"centroid: ({red:.2f}, {green:.2f}, {blue:.2f}), {share:.1%} of the pixels")

    # 4. All ks together: the colours are counted once, and each k helps its neighbours.
    swept = pochade.sweep(picture, "2:10")
    swept.panel(folder / "panel.png", overwrite=True)
    print(" k   PSNR      gain     CIEDE2000")
    before = None
    for step in swept.results:
        gain = "" if before is None else f"{step.psnr - before:+.2f} dB"
        print(f"{step.k:2}   {step.psnr:.2f} dB  {gain:8} {step.ciede2000:.2f}")
        before = step.psnr
    print(f"k = {swept.choice.k}: {swept.choice.reason}")
    print(f"written to {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


if __name__ == "__main__":
    try:
        main()
    except pochade.PochadeError as error:
        sys.exit(f"matcha_panel.py: {error}")
