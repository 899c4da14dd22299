"""Figures of points, centres and clusters."""

import numpy as np

from dkm.plots.means import class_means
from dkm.plots.page import Plot
from dkm.plots.style import INK, WIDTH, color, figure, marker, style


def scatter(X, labels=None, centers=None, *, title="", names=("x", "y")):
    """Scatter plot of points by cluster, with the cluster centres.

    Parameters
    ----------
    X : ndarray, shape (n, 2)
    labels : ndarray of int, shape (n,), optional
    centers : ndarray, shape (k, 2), optional
    title : str
    names : pair of str
        Labels of the two axes.

    Returns
    -------
    Plot
    """
    with style():
        fig, ax = figure(4.2, width=5.6)
        draw_points(ax, X, labels)
        if centers is not None:
            draw_centers(ax, centers)
        ax.set(xlabel=names[0], ylabel=names[1], title=title, aspect="equal")
    parts = [f"{title + '. ' if title else ''}{len(X)} points in the plane"]
    if labels is not None:
        parts.append(f"in {len(np.unique(labels[labels >= 0]))} {sizes_of(labels)} points")
    if centers is not None:
        parts.append(f"centres at {_join([f'({x:.1f}, {y:.1f})' for x, y in centers])}")
    return Plot(fig, ", ".join(parts) + ".")


def panels(groups, *, columns=3):
    """Several scatter plots side by side, each with its own axes.

    Parameters
    ----------
    groups : dict of str to (X, labels) or (X, labels, centers)
        For each panel, its title; the points, shape (n, 2); their clusters, or None; and the
        centres, shape (k, 2), of which those that are NaN are not drawn.
    columns : int

    Returns
    -------
    Plot
    """
    n_lines = -(-len(groups) // columns)
    with style():
        fig, axes = figure(0.3 + 2.3 * n_lines, rows=n_lines, columns=columns)
        for ax in np.ravel(axes):
            ax.set_axis_off()
        for ax, (title, (X, labels, *centers)) in zip(np.ravel(axes), groups.items(), strict=False):
            draw_points(ax, X, labels, size=7)
            for each in centers:
                draw_centers(ax, each, size=90)
            ax.set(aspect="equal", adjustable="datalim")
            ax.set_title(title, fontsize=9.5)
    parts = [
        f"{title.replace(chr(10), ', ')}: {sizes_of(labels)}"
        + "".join(f", {np.isfinite(each).all(axis=1).sum()} centres" for each in centers)
        for title, (_, labels, *centers) in groups.items()
    ]
    return Plot(fig, f"{len(groups)} sets of points in the plane. {'; '.join(parts)}.")


def drift(trainings, *, columns=4):
    """Codes and centres at some moments of trainings: which points have changed cluster.

    Parameters
    ----------
    trainings : dict of str to dict of str to (Z, centers, labels)
        For each training, drawn as a row of panels, its name; for each panel, its title; the codes,
        shape (n, d); the centres, shape (k, d); and the cluster of each code, shape (n,). All
        panels of a row have the same axes: the first two principal axes of its first codes if
        d > 2.
    columns : int

    Returns
    -------
    Plot
    """
    told = []
    with style():
        fig, axes = figure(0.3 + 2.1 * len(trainings), rows=len(trainings), columns=columns)
        for line, (name, moments) in zip(np.atleast_2d(axes), trainings.items(), strict=True):
            Z0, _, labels0 = next(iter(moments.values()))
            plane = _principal_plane(Z0)
            shared = np.vstack([plane(each) for Z, C, _ in moments.values() for each in (Z, C)])
            low, high = np.nanmin(shared, axis=0), np.nanmax(shared, axis=0)
            room = 0.05 * (high - low)
            for ax, (title, (Z, centers, labels)) in zip(line, moments.items(), strict=False):
                Z, centers, changed = plane(Z), plane(centers), labels != labels0
                size = 4 if len(Z) > 100 else 36
                ax.scatter(*Z[~changed].T, s=size, color="#b5b5b5", linewidths=0)
                ax.scatter(*Z[changed].T, s=1.5 * size, color=color(1), linewidths=0)
                ax.scatter(*centers.T, s=60, marker="X", color=INK, edgecolors="white", zorder=3)
                limits = np.transpose([low - room, high + room])
                ax.set(xlim=limits[0], ylim=limits[1], xticks=[], yticks=[])
                ax.set_title(f"{name}, {title}", fontsize=9)
                told.append(f"{name}, {title}: {100 * changed.mean():.0f}")
    return Plot(
        fig,
        "Codes in the plane and their centres. Percent of the points whose cluster has changed: "
        f"{'; '.join(told)}.",
    )


def _principal_plane(Z):
    """A function that projects points onto the first two principal axes of Z, if it has more."""
    if Z.shape[1] <= 2:
        return lambda points: points
    middle = Z.mean(axis=0)
    axes = np.linalg.svd(Z - middle, full_matrices=False)[2][:2].T
    return lambda points: (points - middle) @ axes


def lloyd_frames(X, steps, *, names=("x", "y")):
    """One figure per step of Lloyd's algorithm, all with the same axes.

    Parameters
    ----------
    X : ndarray, shape (n, 2)
    steps : list of (name, labels, centers, inertia)
        `labels` of shape (n,) or None before the first assignment; `centers` of shape (k, 2);
        `inertia` a float or None.
    names : pair of str
        Labels of the two axes.

    Returns
    -------
    dict of str to Plot
        Frames for `stepper`.
    """
    frames, before = {}, None
    for name, labels, centers, inertia in steps:
        moves = None if before is None else np.linalg.norm(centers - before[1], axis=1)
        with style():
            fig, ax = figure(4.2, width=5.6)
            draw_points(ax, X, labels)
            if moves is not None and moves.max() > 0:
                ax.plot(*np.stack([before[1], centers]).transpose(2, 0, 1), color=INK, lw=1.2)
            draw_centers(ax, centers)
            ax.set(xlabel=names[0], ylabel=names[1], aspect="equal")
            ax.set_title(name if inertia is None else f"{name}   inertia {inertia:.1f}")
        frames[name] = Plot(fig, _step_alt(labels, moves, before, inertia))
        before = (labels, centers)
    return frames


def images(rows, image_shape, captions, *, title="", columns=10):
    """Display rows of a table as images.

    Parameters
    ----------
    rows : ndarray, shape (m, d)
        High values are dark.
    image_shape : (int, int)
        Height and width, with product d.
    captions : list of str, length m
    title : str
    columns : int

    Returns
    -------
    Plot
    """
    n_lines = -(-len(rows) // columns)
    with style():
        size = WIDTH / columns
        fig, axes = figure((size + 0.28) * n_lines + 0.3, rows=n_lines, columns=columns)
        for ax in np.ravel(axes):
            ax.set_axis_off()
        for ax, row, caption in zip(np.ravel(axes), rows, captions, strict=False):
            ax.imshow(row.reshape(image_shape), cmap="Greys", vmin=0, vmax=rows.max())
            ax.set_title(caption, fontsize=8.5, loc="center", pad=3)
        fig.suptitle(title, fontsize=10.5, x=0.01, ha="left")
    alt = f"{len(rows)} images, captions {_join(captions)}."
    return Plot(fig, f"{title}: {alt}" if title else alt)


def sample(data):
    """A first look at a data set, depending on its kind.

    Parameters
    ----------
    data : dkm.datasets.Dataset

    Returns
    -------
    Plot
        For image data, two rows of each class; for points in the plane, a scatter plot; for tables
        and texts, `dkm.plots.means.class_means` or, without known classes, a scatter plot of the
        first two columns. Rows without a class (-1) are shown in grey or left out.
    """
    if data.image_shape is not None:
        return _sample_of_images(data)
    if data.y is not None and data.X.shape[1] > 2:
        return class_means(data)
    what = "what the clusterer gets" if data.X.shape[1] == 2 else "its first two columns"
    title = f"{data.name}: {what}{'' if data.y is None else ', by class'}"
    return scatter(data.X[:, :2], data.y, title=title, names=data.feature_names[:2])


def _sample_of_images(data):
    chosen = [np.flatnonzero(data.y == c)[turn] for turn in range(2) for c in np.unique(data.y)]
    captions = [data.target_names[data.y[i]] for i in chosen]
    return images(
        data.X[chosen],
        data.image_shape,
        captions,
        title=f"{data.name}: what the clusterer gets, by class",
        columns=len(data.target_names),
    )


def draw_points(ax, X, labels, size=18):
    """Draw points, shape (n, 2), in the colour and shape of their cluster; grey if unassigned."""
    labels = np.full(len(X), -1) if labels is None else labels
    for k in np.unique(labels):
        points = X[labels == k]
        if k < 0:
            ax.scatter(*points.T, s=size, color="#777777", linewidths=0)
            continue
        ax.scatter(*points.T, s=size, color=color(k), marker=marker(k), linewidths=0, alpha=0.85)


def draw_centers(ax, centers, size=170):
    """Draw centres, shape (k, 2), as large markers."""
    for k, center in enumerate(centers):
        ax.scatter(
            *center,
            s=size,
            color=color(k),
            marker=marker(k),
            edgecolors=INK,
            linewidths=2,
            zorder=3,
        )


def sizes_of(labels):
    """Text that lists the cluster sizes, in descending order."""
    if labels is None:
        return "no clusters drawn"
    _, sizes = np.unique(labels[labels >= 0], return_counts=True)
    sizes = np.sort(sizes)[::-1]
    return f"cluster{'s' * (len(sizes) > 1)} of {_join(sizes)}"


def _step_alt(labels, moves, before, inertia):
    if labels is None:
        return f"{len(before[1]) if before else 'The'} first centres; no point has a cluster yet."
    old = None if before is None else before[0]
    if moves is not None and moves.max() > 0:
        what = f"the centres move by {moves.min():.2f} to {moves.max():.2f}"
    elif old is None:
        what = "every point takes the colour and shape of its nearest centre"
    else:
        what = f"{np.count_nonzero(old != labels)} points change cluster"
    return f"{what[0].upper()}{what[1:]}; inertia {inertia:.1f}."


def _join(items):
    return ", ".join(str(item) for item in items)
