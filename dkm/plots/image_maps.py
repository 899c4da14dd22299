"""Interactive scatter plot that shows the image behind the selected point."""

from html import escape
from io import BytesIO

import numpy as np
from IPython.display import display
from matplotlib.image import imsave

from dkm.plots.clusters import draw_points, sizes_of
from dkm.plots.page import Plot
from dkm.plots.steppers import data_uri, element_id
from dkm.plots.style import WIDTH, color, figure, marker, style

SHARE = 0.78  # of the width for the points; the rest is for the legend and the selected image


def image_map(title, X, labels, rows, image_shape, said, *, names=("x", "y")):
    """Display points; the one under the mouse or selected by keyboard shows its image.

    The points are a group of radio buttons laid over a figure. The group is a single tab stop, and
    the arrow keys move from point to point, cluster by cluster. Neither a kernel nor scripts are
    needed. In print, and in viewers that remove styles, only the figure is shown.

    Parameters
    ----------
    title : str
    X : ndarray, shape (n, 2)
        A few hundred points; each takes about 150 bytes.
    labels : ndarray of int, shape (n,)
        Non-negative cluster labels, which determine colour and shape.
    rows : ndarray, shape (n, d)
        The image of each point. High values are dark.
    image_shape : (int, int)
        Height and width, with product d.
    said : list of str, length n
        A short description of each point.
    names : pair of str
        Labels of the two axes.
    """
    order = np.lexsort((X[:, 0], labels))
    plot, positions = _draw(title, X, labels, names)
    image = plot.webp()
    mark = element_id(image)
    sprite = data_uri(_sprite(rows[order], image_shape))
    points = "".join(
        f'<input type="radio" name="{mark}" aria-label="{escape(said[i])}"'
        f"{' checked' if rank == 0 else ''} "
        f'style="left:{positions[i, 0]:.2%};top:{positions[i, 1]:.2%}">'
        f'<i style="--i:{rank}" data-says="{escape(said[i])}"></i>'
        for rank, i in enumerate(order)
    )
    css = _style(mark, sprite, len(X), image_shape)
    html = (
        f'<style>{css}</style><fieldset id="{mark}" class="dkm-map">'
        f'<legend>{escape(title)}</legend><div><img src="{data_uri(image)}" '
        f'alt="{escape(plot.alt)}"><div hidden="hidden">{points}</div></div></fieldset>'
    )
    display({"text/html": html, "text/plain": plot.alt}, raw=True)


def _draw(title, X, labels, names):
    """The figure, and the position of each point in it, as fractions from the upper left corner."""
    with style():
        fig, ax = figure(4.6)
        fig.get_layout_engine().set(rect=(0, 0, SHARE, 1))
        draw_points(ax, X, labels)
        ax.set(xlabel=names[0], ylabel=names[1], aspect="equal", adjustable="datalim")
        for k in np.unique(labels):
            ax.scatter([], [], color=color(k), marker=marker(k), linewidths=0, label=k)
        location = {"loc": "lower left", "bbox_to_anchor": (SHARE + 0.01, 0.02), "ncols": 2}
        fig.legend(title="cluster", alignment="left", **location)
        fig.draw_without_rendering()
    positions = ax.transData.transform(X) / fig.bbox.size
    alt = f"{title}. {len(X)} points in the plane, in {len(np.unique(labels))} {sizes_of(labels)}"
    return Plot(fig, f"{alt} points."), np.stack([positions[:, 0], 1 - positions[:, 1]], axis=1)


def _sprite(rows, image_shape):
    """All images stacked vertically into one, as bytes."""
    buffer, column = BytesIO(), rows.reshape(-1, image_shape[1])
    options = {"format": "webp", "pil_kwargs": {"lossless": True}}
    imsave(buffer, column, cmap="Greys", vmin=0, vmax=rows.max(), **options)
    return buffer.getvalue()


def _style(mark, sprite, n, image_shape):
    ring = "box-shadow:0 0 0 2px #fff,0 0 0 4px #1a1a1a"
    return (
        f"#{mark}{{border:1px solid #888;border-radius:4px;padding:.5em 1em;margin:1em 0;"
        "min-width:0;overflow-x:auto}"
        f"#{mark}>div{{position:relative;width:{100 * WIDTH:.0f}px;max-width:100%}}"
        f"#{mark} img{{display:block;width:100%;height:auto;background:#fff}}"
        f"#{mark} [hidden]{{display:block}}"
        f"#{mark} input{{appearance:none;position:absolute;width:12px;height:12px;margin:-6px;"
        "padding:0;border:0;border-radius:50%;background:none;cursor:pointer}"
        f"#{mark} input:is(:hover,:checked){{{ring}}}"
        f"#{mark} input:focus-visible{{outline:3px solid #3f90da;outline-offset:4px}}"
        # Images appear on the right; the image of the point under the mouse is on top.
        f"#{mark} i{{display:none;position:absolute;left:{SHARE + 0.015:.1%};top:4%;width:19%;"
        "background:#fff;color:#1a1a1a;font:13px/1.3 sans-serif}"
        f"#{mark} i::before{{content:'';display:block;border:1px solid #888;"
        f"aspect-ratio:{image_shape[1]}/{image_shape[0]};image-rendering:pixelated;"
        f"background:url({sprite}) 0 "
        f"calc(var(--i)*100%/{max(n - 1, 1)})/100% auto}}"
        f"#{mark} i::after{{content:attr(data-says);display:block;min-height:2.6em}}"
        f"#{mark} input:checked+i{{display:block}}"
        f"#{mark} input:hover+i{{display:block;z-index:1}}"
    )
