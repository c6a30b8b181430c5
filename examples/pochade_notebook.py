# %% [markdown]
# # pochade in a notebook
#
# A walk through the jobs of the library on small pictures. Results show themselves: put one at the
# end of a cell. This notebook is made from `examples/pochade_notebook.py` by `make notebook`; it
# needs the extras `plot` and `sklearn`, and pandas.

# %%
from pathlib import Path

import numpy as np
from PIL import Image

import pochade

photos = Path(pochade.__file__).parent / "data" / "demo"
photo = pochade.open_image(photos / "spices.jpg", resize="240").pixels  # (h, w, 3) uint8
Image.fromarray(photo)

# %% [markdown]
# ## Reduce a picture
#
# k-means over all pixels, here with distances as the eye has them. The result is the picture; it
# has `.palette`, `.labels`, `.image`, `.inertia` and `.save("few.png")`.

# %%
few = pochade.quantize(photo, 12, space="oklab")
few

# %%
few.palette[:3], few.labels.shape, few.shares[:3].round(3)

# %% [markdown]
# How near is it? PSNR in decibels (higher is better) and the mean CIEDE2000 colour difference
# (lower is better), beside the same in sRGB: each is best at what it measures.

# %%
from pochade.metrics import ciede2000_stats, psnr

plain = pochade.quantize(photo, 12)
{
    name: (round(psnr(photo, result.image), 2), round(ciede2000_stats(photo, result.image)[0], 2))
    for name, result in {"oklab": few, "srgb": plain}.items()
}

# %% [markdown]
# ## Take the palette away
#
# With names, shares, places and roles; `.save("spices.ase")`, `.gpl`, `.css` and others.

# %%
colors = pochade.palette(photo, 8, order="walk")
colors

# %%
list(zip(colors.hex, colors.names, colors.shares.round(3).tolist(), strict=True))

# %%
{
    name: None if role.index is None else colors.hex[role.index]
    for name, role in colors.roles.items()
}

# %% [markdown]
# ## See the colours
#
# Each colour at its place in OKLab, in the colour of its cluster, with the walls between clusters.
# `.save("cloud.html")` is a page to turn and point at.

# %%
desert = pochade.open_image(photos / "desert.jpg", resize="240").pixels
pochade.cloud(
    desert, 5, space="oklab", by="cluster", cells=True, turn=-60, size="760x570", title="Desert"
)

# %% [markdown]
# ## How many colours?
#
# A sweep finds all ks in one pass. In a notebook it shows its panel, with the chosen k marked.

# %%
swept = pochade.sweep(desert, "2:10")
swept

# %% [markdown]
# The error bends where more colours stop paying (`swept.elbow("elbow.svg")` writes the plot).
# A plot is a picture, too: here it is in 48 colours, so that this notebook stays small.

# %%
pochade.quantize(swept.elbow(), 48)

# %%
import pandas as pd

figures = pd.DataFrame(swept.table())
figures[["k", "inertia", "psnr", "ciede2000", "bytes"]].round(2)

# %%
{
    rule: pochade.choose_k(desert, "2:10", rule=rule).k
    for rule in ("knee", "silhouette", "gap", "bic")
}

# %% [markdown]
# ## A picture is a table
#
# x, y and the colour of each pixel, clustered on any columns; here on colour and place together,
# with StandardScaler's scaling, which makes areas instead of colours.

# %%
areas = pochade.table(photo, 24, columns="oklab,xy", scale="standard", position_weight=0.7)
areas.to_pandas().groupby("label").agg(
    pixels=("x", "size"), x=("x", "mean"), y=("y", "mean"), r=("r", "mean"), g=("g", "mean")
).round(1).head()

# %%
areas

# %% [markdown]
# ## Take noise out
#
# White put on 2 % of the pixels, and a threshold for it found in the picture.

# %%
noisy = desert.copy()
noisy[np.random.default_rng(0).random(desert.shape[:2]) < 0.02] = 255
Image.fromarray(noisy)

# %%
cleaned = pochade.clean(noisy, white="auto")
cleaned.reasons["white"].sentence

# %%
cleaned

# %% [markdown]
# ## In scikit-learn's pipelines
#
# `pochade.estimators.KMeans` takes the place of scikit-learn's. Here it learns a codebook of
# colours, and a classifier tells from a pixel's distances to them which photo the pixel is from.
# The search finds how many colours help with that: a k judged by what it is good for.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pochade.estimators import KMeans

names = ("spices", "city", "desert")
random = np.random.default_rng(0)
rows, owner = [], []
for number, name in enumerate(names):
    pixels = pochade.open_image(photos / f"{name}.jpg", resize="240").pixels.reshape(-1, 3)
    rows.append(random.choice(pixels, 1500, replace=False))
    owner.append(np.full(1500, number))
X, y = np.concatenate(rows).astype(np.float64), np.concatenate(owner)

model = make_pipeline(
    StandardScaler(), KMeans(random_state=0), StandardScaler(), LogisticRegression(max_iter=2000)
)
search = GridSearchCV(model, {"kmeans__n_clusters": [2, 4, 8, 16, 32]}, cv=3).fit(X, y)
pd.DataFrame(search.cv_results_)[["param_kmeans__n_clusters", "mean_test_score"]].round(3)

# %% [markdown]
# The codebook of the best model, back in 8-bit colours:

# %%
steps = search.best_estimator_.named_steps
centers = steps["standardscaler-1"].inverse_transform(steps["kmeans"].cluster_centers_)
np.rint(centers[:4]).astype(int).tolist(), len(centers)
