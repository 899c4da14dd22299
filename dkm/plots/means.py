"""Figure of the class means of a table, relative to the overall mean."""

import numpy as np

from dkm.plots.page import Plot
from dkm.plots.profiles import abbreviate, most_distinctive
from dkm.plots.style import figure, style


def class_means(data, *, most=20):
    """Class means minus the overall mean, in the columns where they differ most.

    Parameters
    ----------
    data : dkm.datasets.Dataset
        With known classes.
    most : int
        Maximum number of columns: first the most distinctive one of each class, then the second
        most distinctive one, and so on.

    Returns
    -------
    Plot
        Columns that are highest in the same class are adjacent.
    """
    classes = np.unique(data.y[data.y >= 0])
    apart = np.array([data.X[data.y == c].mean(axis=0) for c in classes])
    apart -= data.X.mean(axis=0)
    chosen = most_distinctive(apart, most)
    chosen = chosen[np.argsort(apart[:, chosen].argmax(axis=0), kind="stable")]
    names = [abbreviate(data.feature_names[i], 24) for i in chosen]
    labels = [data.target_names[c] for c in classes]
    n_classes, n_columns = len(classes), data.X.shape[1]
    some = f"{len(chosen)} of {n_columns} columns" if len(chosen) < n_columns else "all columns"
    title = f"{data.name}: mean of each class, less the mean of all; {some}"
    with style():
        fig, ax = figure(0.3 * n_classes + 0.08 * max(map(len, names)) + 0.8)
        reach = np.abs(apart[:, chosen]).max()
        drawn = ax.imshow(apart[:, chosen], cmap="PuOr_r", vmin=-reach, vmax=reach, aspect="auto")
        ax.set_xticks(range(len(chosen)), names, rotation=55, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(n_classes), labels)
        ax.tick_params(length=0)
        ax.grid(visible=False)
        ax.set_title(title, x=0, ha="left")
        fig.colorbar(drawn, ax=ax, pad=0.02)
    highest = apart[:, chosen].argmax(axis=1)
    maxima = "; ".join(
        f"{name}: {names[i]} {row[chosen[i]]:+.2f}"
        for name, row, i in zip(labels, apart, highest, strict=True)
    )
    return Plot(fig, f"{title}. Highest in each class: {maxima}.")
