"""Figures of a game: what is real, what is made, and what is thought of every place."""

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
