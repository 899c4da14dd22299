"""Figures for generative models: generated samples and discriminator surfaces."""

import numpy as np

from dkm.plots.page import Plot
from dkm.plots.style import INK, WIDTH, figure, style

RESOLUTION = 120  # grid points along each side of a panel
LEVELS = 10  # contour bands from 0 to 1


def surfaces(panels, X, *, reach=3.0):
    """Functions on the plane with values in [0, 1], with real and generated samples.

    Parameters
    ----------
    panels : dict of str to (surface, generated)
        For each panel, its title; a function from locations, shape (m, 2), to values, shape (m,);
        and generated samples, shape (n, 2), or None.
    X : ndarray, shape (n, 2)
        Real samples, the same in all panels.
    reach : float
        Both axes of each panel range from -reach to reach.

    Returns
    -------
    Plot
    """
    side = np.linspace(-reach, reach, RESOLUTION)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    with style():
        fig, axes = figure(WIDTH / len(panels) + 0.3, columns=len(panels))
        for ax, (title, (surface, generated)) in zip(np.ravel(axes), panels.items(), strict=True):
            values = surface(grid).reshape(RESOLUTION, RESOLUTION)
            levels = np.linspace(0, 1, LEVELS + 1)
            ax.contourf(side, side, values, levels, cmap="PuOr", alpha=0.7, extend="both")
            ax.scatter(*X.T, s=5, color="#666666", linewidths=0)
            if generated is not None:
                ax.scatter(*generated.T, s=9, color=INK, marker="x", linewidths=0.7)
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
            ax.set_title(title, fontsize=9.5)
            ax.grid(visible=False)
            ax.tick_params(labelsize=8)
    parts = [_panel_alt(title, *panel, X, reach) for title, panel in panels.items()]
    return Plot(fig, f"{len(panels)} surfaces over the plane. {'; '.join(parts)}.")


def _panel_alt(title, surface, generated, X, reach):
    alt = f"{title}: {surface(X).mean():.2f} on average at real samples"
    if generated is None:
        return alt
    visible = (np.abs(generated) <= reach).all(axis=1).sum()
    spread = np.sqrt(generated.var(axis=0).sum())
    return (
        f"{alt}, {surface(generated).mean():.2f} at {len(generated)} generated ones, of "
        f"which {visible} are in view; these spread by {spread:.2f}"
    )


def sheet(rows, image_shape, names, *, title=""):
    """Grid of images with labelled rows.

    Parameters
    ----------
    rows : ndarray, shape (lines, columns, d)
        Values from 0 to 1; high values are dark.
    image_shape : (int, int)
        Height and width, with product d.
    names : list of str, one per line
    title : str

    Returns
    -------
    Plot
    """
    n_lines, n_columns, _ = rows.shape
    height, width = image_shape
    # Join the images of each line into one, separated by a white column of pixels.
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
