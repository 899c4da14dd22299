"""Figures of soft assignments."""

import numpy as np
from matplotlib.colors import to_rgb

from dkm.plots.clusters import draw_centers, draw_points
from dkm.plots.page import Plot
from dkm.plots.style import INK, color, figure, style

PIXELS = 220  # resolution of the background image along each side
STRENGTH = 0.6  # saturation of the region colours


def soft_regions(X, centers, share, pull, *, title="", names=("x", "y")):
    """Soft cluster assignments over the plane, and the direction in which each centre is pulled.

    Parameters
    ----------
    X : ndarray, shape (n, 2)
        Points.
    centers : ndarray, shape (k, 2)
    share : callable
        Maps locations, shape (m, 2), to soft assignments, shape (m, k), whose rows sum to 1. The
        background is coloured with the correspondingly weighted mixture of the centres' colours.
    pull : ndarray, shape (k, 2)
        Vector of the arrow drawn from each centre.
    title : str
    names : pair of str
        Labels of the two axes.

    Returns
    -------
    Plot
    """
    low, high = X.min(axis=0), X.max(axis=0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    x, y = np.linspace(low[0], high[0], PIXELS), np.linspace(low[1], high[1], PIXELS)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    colors = np.array([to_rgb(color(k)) for k in range(len(centers))])
    mixture = 1 - STRENGTH * (1 - share(grid) @ colors)
    with style():
        fig, ax = figure(4.2, width=5.6)
        ax.imshow(
            mixture.reshape(PIXELS, PIXELS, 3),
            extent=(low[0], high[0], low[1], high[1]),
            origin="lower",
            interpolation="bilinear",
        )
        draw_points(ax, X, None, size=8)
        for start, end in zip(centers, centers + pull, strict=True):
            ax.annotate(
                "",
                end,
                start,
                arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.6, "shrinkA": 0},
                zorder=5,
            )
        draw_centers(ax, centers)
        ax.set(xlabel=names[0], ylabel=names[1], title=title, aspect="equal")
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.grid(False)
    greatest = share(X).max(axis=1).mean()
    pulls = ", ".join(
        f"from ({a:.1f}, {b:.1f}) towards ({c:.1f}, {d:.1f})"
        for (a, b), (c, d) in zip(centers, centers + pull, strict=True)
    )
    return Plot(
        fig,
        f"{len(X)} points, {len(centers)} centres. On average a point gives {greatest:.0%} of "
        f"itself to one centre. The centres are pulled {pulls}.",
    )
