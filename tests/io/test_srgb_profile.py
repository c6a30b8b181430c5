"""The profile that is embedded says sRGB to a colour manager, and sits in every format."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from pochade.io.save import SaveOptions, save_full
from pochade.io.srgb_profile import srgb_profile


def test_a_colour_manager_takes_it_for_srgb():
    profile = ImageCms.ImageCmsProfile(BytesIO(srgb_profile()))
    assert ImageCms.getProfileDescription(profile).strip() == "sRGB IEC61966-2.1"
    grid = np.linspace(0, 255, 17).round().astype(np.uint8)
    colors = np.stack(np.meshgrid(grid, grid, grid), axis=-1).reshape(17, -1, 3)
    same = ImageCms.profileToProfile(
        Image.fromarray(colors), profile, ImageCms.createProfile("sRGB"), renderingIntent=1
    )
    assert np.abs(np.asarray(same).astype(int) - colors).max() <= 1


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "tiff", "avif"])
def test_every_format_carries_it(form):
    image = np.zeros((4, 6, 3), np.uint8)
    data = save_full(None, image, format=form, options=SaveOptions(icc=srgb_profile()))
    with Image.open(BytesIO(data)) as found:
        assert found.info["icc_profile"] == srgb_profile()
    plain = save_full(None, image, format=form)
    with Image.open(BytesIO(plain)) as found:
        assert "icc_profile" not in found.info
