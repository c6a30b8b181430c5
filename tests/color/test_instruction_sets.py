"""The kernels give the same bytes on every instruction set that this machine has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pochade.color.convert import load_native

SCRIPT = """
import hashlib
import numpy as np
from pochade import _native, metrics
from pochade.color import SPACES, cie76, ciede2000, convert, to_srgb8
from pochade.color.spatial import blurred_oklab, scielab

rng = np.random.default_rng(0)
image = rng.integers(0, 256, (70, 101, 3), np.uint8)
other = np.clip(image + rng.integers(-20, 20, image.shape), 0, 255).astype(np.uint8)
digest = hashlib.sha256()
wide = rng.normal(0, 2, (999, 3)).astype(np.float32)
for source in SPACES:
    digest.update(to_srgb8(wide, source).tobytes())
    for target in SPACES:
        digest.update(convert(wide, source, target).tobytes())
        digest.update(convert(convert(image, "srgb", source), source, target).tobytes())
first, second = (convert(x, "srgb", "lab", threads=2) for x in (image, other))
digest.update(ciede2000(first, second).tobytes())
digest.update(ciede2000(wide[:-1] * 30, wide[1:] * 30).tobytes())
digest.update(cie76(first, second).tobytes())
digest.update(scielab(image, other, pixels_per_degree=33).tobytes())
digest.update(blurred_oklab(image, other, sigma_px=1.3).tobytes())
digest.update(repr((metrics.ssim(image, other), metrics.mse(image, other))).encode())
surface = np.empty_like(image)
_native.noise_surface(image, other, 5, 30, 2, surface)
digest.update(surface.tobytes())
print(_native.isa(), digest.hexdigest())
"""


def test_same_bytes() -> None:
    if load_native() is None:
        pytest.skip("the kernels are not built")
    digests = {}
    for wanted in ("baseline", "v3", "v4"):
        environment = os.environ | {"POCHADE_ISA": wanted}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        isa, digest = done.stdout.split()
        digests[isa] = digest
    assert len(set(digests.values())) == 1, digests
