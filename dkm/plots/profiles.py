"""Figures of the differences between clusters."""

import numpy as np

from dkm.plots.page import Plot
from dkm.plots.style import INK, WIDTH, color, figure, marker, style

PANELS_PER_ROW = 8
MAX_REACH = 3.0  # deviations; larger values are clipped and labelled with their value


def differences(found, *, most=20, title=""):
    """Difference between each cluster and all rows in each column, one panel per cluster.

    Each numeric column and each category has one line; of two categories, only the second is
    shown. The unit is that of `dkm.evaluation.profiles.Profile.deviations`.

    Parameters
    ----------
    found : dkm.evaluation.profiles.Profiles
    most : int
        Maximum number of lines; the most distinctive ones are shown.
    title : str

    Returns
    -------
    Plot
        Lines are sorted by the variance of their column explained by the clusters.
    """
    names, values = lines_of(found)
    chosen = most_distinctive(values, most)
    n_clusters, n_lines = len(found.clusters), len(chosen)
    rows = -(-n_clusters // PANELS_PER_ROW)
    columns = -(-n_clusters // rows)
    with style():
        fig, axes = figure(
            rows * (0.19 * n_lines + 0.6) + 0.5, width=WIDTH, rows=rows, columns=columns
        )
        axes = np.reshape(axes, (rows, columns))
        separator = " " if columns < 5 or max(found.sizes) < 10_000 else "\n"
        reach = min(MAX_REACH, max(0.5, np.abs(values[:, chosen]).max() * 1.1))
        for i, ax in enumerate(axes.flat):
            if i < n_clusters:
                heading = f"cluster {found.clusters[i]}\n{count(found.sizes[i], separator)}"
                draw(ax, values[i, chosen], found.clusters[i], reach, heading)
            else:
                ax.set_axis_off()
        for ax in axes[:, 0]:
            ax.set_yticks(range(n_lines), [abbreviate(names[i]) for i in chosen], fontsize=8)
        fig.suptitle(title, fontsize=10.5, x=0.01, ha="left")
        fig.supxlabel("deviations from the mean of all rows", fontsize=9)
    return Plot(fig, _alt(found, names, values, chosen, title))


def draw(ax, values, cluster, reach, heading):
    """Draw the differences of one cluster, top to bottom, as stems in its colour and marker."""
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
    """The lines that can be drawn, sorted by the explained variance of their column, descending.

    Returns
    -------
    names : list of str
    values : ndarray, shape (k, number of lines)
        Signed difference between each cluster and all rows, in deviations.
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


def most_distinctive(values, most):
    """Select the lines with the largest values: each cluster's largest first, then its second, etc.

    The selected indices are returned in ascending order.

    Parameters
    ----------
    values : ndarray, shape (k, m)
    most : int

    Returns
    -------
    ndarray of int, shape (min(m, most),)
    """
    sizes = np.abs(values)
    rank = np.argsort(np.argsort(-sizes, axis=1, kind="stable"), axis=1).min(axis=0)
    return np.sort(np.lexsort((-sizes.max(axis=0), rank))[:most])


def count(rows, separator=" "):
    """Format a number of rows, such as "1 row" or "10 000 rows"."""
    return f"{rows:,}".replace(",", " ") + f"{separator}row{'' if rows == 1 else 's'}"


def abbreviate(name, length=28):
    """Replace the middle of a long name by an ellipsis."""
    name = " ".join(name.split())
    return name if len(name) <= length else f"{name[: length - 13]}…{name[-12:]}"


def _alt(found, names, values, chosen, title):
    clusters = []
    for cluster, size, row in zip(found.clusters, found.sizes, values, strict=True):
        largest = chosen[np.argsort(-np.abs(row[chosen]).round(6), kind="stable")[:3]]
        parts = ", ".join(f"{names[i]} {row[i].round(1) + 0.0:+.1f}" for i in largest)
        clusters.append(f"cluster {cluster} ({count(size)}): {parts}")
    some = f"{len(chosen)} of {len(names)} lines" if len(chosen) < len(names) else "all columns"
    head = f"{title}. " if title else ""
    return (
        f"{head}How far each cluster is from all rows, in deviations; {some}. The largest: "
        f"{'; '.join(clusters)}."
    )
