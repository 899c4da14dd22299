"""Figures of what generators make, and of what is thought of every place."""

import numpy as np

from dkm.plots.page import Plot
from dkm.plots.style import INK, WIDTH, figure, style

PLACES = 120  # along each side of a panel
STEPS = 10  # shades, from 0 to 1


def surfaces(panels, X, *, reach=3.0):
    """Places in the plane by a number from 0 to 1, with real rows and made ones, side by side.

    Parameters
    ----------
    panels : dict of str to (surface, made)
        Title of each panel; what gives the number of places, from shape (m, 2) to shape (m,); made
        rows, shape (n, 2), or None.
    X : ndarray, shape (n, 2)
        Real rows, the same in all panels.
    reach : float
        Each panel shows -reach to reach in both directions.

    Returns
    -------
    Plot
    """
    side = np.linspace(-reach, reach, PLACES)
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    with style():
        fig, axes = figure(WIDTH / len(panels) + 0.3, columns=len(panels))
        for ax, (title, (surface, made)) in zip(np.ravel(axes), panels.items(), strict=True):
            shades = surface(places).reshape(PLACES, PLACES)
            levels = np.linspace(0, 1, STEPS + 1)
            ax.contourf(side, side, shades, levels, cmap="PuOr", alpha=0.7, extend="both")
            ax.scatter(*X.T, s=5, color="#666666", linewidths=0)
            if made is not None:
                ax.scatter(*made.T, s=9, color=INK, marker="x", linewidths=0.7)
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
            ax.set_title(title, fontsize=9.5)
            ax.grid(visible=False)
            ax.tick_params(labelsize=8)
    said = [_said(title, *panel, X, reach) for title, panel in panels.items()]
    return Plot(fig, f"{len(panels)} surfaces over the plane. {'; '.join(said)}.")


def _said(title, surface, made, X, reach):
    words = f"{title}: {surface(X).mean():.2f} on average at real rows"
    if made is None:
        return words
    shown = (np.abs(made) <= reach).all(axis=1).sum()
    spread = np.sqrt(made.var(axis=0).sum())
    return (
        f"{words}, {surface(made).mean():.2f} at {len(made)} made ones, of which {shown} are in "
        f"view; these spread by {spread:.2f}"
    )


def sheet(rows, image_shape, names, *, title=""):
    """Lines of images, each line with its name.

    Parameters
    ----------
    rows : ndarray, shape (lines, columns, d)
        From 0 to 1; dark is high.
    image_shape : (int, int)
        Height and width; their product is d.
    names : list of str, one for each line
    title : str

    Returns
    -------
    Plot
    """
    n_lines, n_columns, _ = rows.shape
    height, width = image_shape
    # One picture for each line, its images side by side with a column of white between them.
    images = rows.reshape(n_lines, n_columns, height, width)
    spaced = np.pad(images, [(0, 0), (0, 0), (0, 0), (0, 1)])
    strips = spaced.transpose(0, 2, 1, 3).reshape(n_lines, height, -1)
    with style():
        fig, axes = figure(0.56 * n_lines + 0.4, rows=n_lines)
        for ax, strip, name in zip(np.ravel(axes), strips, names, strict=True):
            ax.imshow(strip, cmap="Greys", vmin=0, vmax=1)
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        fig.suptitle(title, fontsize=10.5, x=0.01, ha="left")
    within = np.sqrt(((rows - rows.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean())
    means = rows.mean(axis=1)
    apart = np.sqrt(((means - means.mean(axis=0)) ** 2).sum(axis=1).mean())
    head = f"{title}. " if title else ""
    return Plot(
        fig,
        f"{head}{n_lines} lines of {n_columns} images: {', '.join(names)}. The images of a line "
        f"spread by {within:.2f} around their mean, the means of the lines by {apart:.2f}.",
    )
