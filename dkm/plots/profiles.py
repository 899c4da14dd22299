"""Figures of what sets clusters apart."""

import numpy as np

from dkm.plots.page import Plot
from dkm.plots.style import INK, WIDTH, color, figure, marker, style

SIDE_BY_SIDE = 8  # clusters in one row of panels
REACH = 3.0  # deviations; what goes beyond is cut off, and its number written


def differences(found, *, most=20, title=""):
    """How far each cluster is from all rows in each column, one panel for each cluster.

    Columns of numbers and categories have a line each; of two categories only the second one.
    Unit: `dkm.evaluation.profiles.Profile.deviations`.

    Parameters
    ----------
    found : dkm.evaluation.profiles.Profiles
    most : int
        Lines at most: those that set some cluster apart most.
    title : str

    Returns
    -------
    Plot
        Lines are in the order of how much the clusters explain of their columns.
    """
    names, values = lines_of(found)
    chosen = foremost(values, most)
    n_clusters, n_lines = len(found.clusters), len(chosen)
    rows = -(-n_clusters // SIDE_BY_SIDE)
    columns = -(-n_clusters // rows)
    with style():
        fig, axes = figure(
            rows * (0.19 * n_lines + 0.6) + 0.5, width=WIDTH, rows=rows, columns=columns
        )
        axes = np.reshape(axes, (rows, columns))
        apart = " " if columns < 5 or max(found.sizes) < 10_000 else "\n"
        reach = min(REACH, max(0.5, np.abs(values[:, chosen]).max() * 1.1))
        for i, ax in enumerate(axes.flat):
            if i < n_clusters:
                heading = f"cluster {found.clusters[i]}\n{count(found.sizes[i], apart)}"
                draw(ax, values[i, chosen], found.clusters[i], reach, heading)
            else:
                ax.set_axis_off()
        for ax in axes[:, 0]:
            ax.set_yticks(range(n_lines), [shortened(names[i]) for i in chosen], fontsize=8)
        fig.suptitle(title, fontsize=10.5, x=0.01, ha="left")
        fig.supxlabel("deviations from the mean of all rows", fontsize=9)
    return Plot(fig, _alt(found, names, values, chosen, title))


def draw(ax, values, cluster, reach, heading):
    """The differences of one cluster, from the top down, as lines from 0 with its own mark."""
    at = np.arange(len(values))
    ends = np.clip(values, -reach, reach)
    ax.axvline(0, color=INK, lw=0.8)
    ax.hlines(at, 0, ends, color=color(cluster), lw=2)
    inside = np.abs(values) <= reach
    ax.plot(ends[inside], at[inside], marker(cluster), color=color(cluster), ms=5, mec=INK, mew=0.5)
    for y in at[~inside]:
        ax.annotate(
            f"{values[y]:+.0f}",
            (ends[y], y),
            ha="right" if values[y] > 0 else "left",
            va="center",
            fontsize=7,
            bbox={"facecolor": "white", "edgecolor": color(cluster), "pad": 1},
        )
    ax.set(xlim=(-reach * 1.08, reach * 1.08), ylim=(len(values) - 0.4, -0.6))
    step = 2 if reach > 2.2 else 1 if reach > 1.1 else 0.5
    ax.set_xticks([-step, 0, step], [f"−{step:g}", "0", f"{step:g}"])
    ax.set_yticks(at, [""] * len(at))
    ax.tick_params(labelsize=8, length=0)
    ax.spines["left"].set_visible(False)
    ax.set_title(heading, fontsize=8, loc="center")


def lines_of(found):
    """What can be drawn, the column that the clusters explain most first.

    Returns
    -------
    names : list of str
    values : ndarray, shape (k, number of lines)
        Signed differences of each cluster from all rows, in deviations.
    """
    names, values = [], []
    for column in sorted(found.columns, key=lambda column: -column.explained):
        if not column.categories:
            names.append(column.name)
            values.append(column.deviations)
        elif len(column.categories) == 2:
            names.append(f"{column.name} = {column.categories[1]}")
            values.append((np.sign(column.deviations[:, 1]) * column.differences)[:, None])
        else:
            names += [f"{column.name} = {category}" for category in column.categories]
            values.append(column.deviations)
    return names, np.concatenate(values, axis=1)


def foremost(values, most):
    """The lines that matter most to some cluster, in their order: each cluster's first, and so on.

    Parameters
    ----------
    values : ndarray, shape (k, m)
    most : int

    Returns
    -------
    ndarray of int, shape (min(m, most),)
    """
    sizes = np.abs(values)
    place = np.argsort(np.argsort(-sizes, axis=1, kind="stable"), axis=1).min(axis=0)
    return np.sort(np.lexsort((-sizes.max(axis=0), place))[:most])


def count(rows, apart=" "):
    """A number of rows in words."""
    return f"{rows:,}".replace(",", " ") + f"{apart}row{'' if rows == 1 else 's'}"


def shortened(name, length=28):
    """A long name without its middle."""
    name = " ".join(name.split())
    return name if len(name) <= length else f"{name[: length - 13]}…{name[-12:]}"


def _alt(found, names, values, chosen, title):
    said = []
    for cluster, size, row in zip(found.clusters, found.sizes, values, strict=True):
        largest = chosen[np.argsort(-np.abs(row[chosen]).round(6), kind="stable")[:3]]
        parts = ", ".join(f"{names[i]} {row[i].round(1) + 0.0:+.1f}" for i in largest)
        said.append(f"cluster {cluster} ({count(size)}): {parts}")
    some = f"{len(chosen)} of {len(names)} lines" if len(chosen) < len(names) else "all columns"
    head = f"{title}. " if title else ""
    return (
        f"{head}How far each cluster is from all rows, in deviations; {some}. The largest: "
        f"{'; '.join(said)}."
    )
