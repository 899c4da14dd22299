"""Figures of measurements: curves, one dot per seed, and the evidence for k."""

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from dkm.evaluation.choose_k import DEGREES
from dkm.plots.page import Plot
from dkm.plots.style import INK, color, figure, line, marker, style

MAX_MARKERS = 40  # per curve; more would hide it


def lines(x, curves, *, title="", xlabel="", ylabel="", log=False, digits=1, slope_within=None):
    """Curves over a common x, each with its own colour, marker and line style.

    Parameters
    ----------
    x : array-like, shape (m,)
    curves : dict of str to array-like, shape (m,)
    title, xlabel, ylabel : str
    log : bool
        Whether both axes are logarithmic; the alt text then gives the slope of each curve, that
        is, the exponent of the power law.
    digits : int
        Number of decimals of the first and last value in the alt text, for linear axes.
    slope_within : float, optional
        For measured times: the tolerance for slopes measured on another machine.

    Returns
    -------
    Plot
    """
    x = np.asarray(x)
    with style():
        fig, ax = figure(3.6)
        for i, (name, y) in enumerate(curves.items()):
            look = {"marker": marker(i), "color": color(i), "mec": INK, "mew": 0.6}
            ax.plot(x, y, line(i), label=name, markevery=-(-len(x) // MAX_MARKERS), **look)
        ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
        if log:
            ax.set(xscale="log", yscale="log")
            _plain_numbers(ax.xaxis, x)
            _plain_numbers(ax.yaxis, np.concatenate([np.asarray(y) for y in curves.values()]))
        if len(curves) > 1:
            ax.legend()
    if log:
        within = "" if slope_within is None else f" ± {slope_within}"
        parts = [f"{name}: slope {slope(x, y):.2f}{within}" for name, y in curves.items()]
    else:
        parts = [f"{name}: {y[0]:.{digits}f} to {y[-1]:.{digits}f}" for name, y in curves.items()]
    axes = f"{ylabel} over {xlabel} from {x[0]:g} to {x[-1]:g}{', both logarithmic' * log}"
    return Plot(fig, f"{_head(title)}{axes}. {'; '.join(parts)}.")


def _plain_numbers(axis, values):
    """Label the ticks of a logarithmic axis with plain numbers: 0.5, 20, 10 000."""
    few_decades = np.max(values) / np.min(values) < 100
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few_decades else (1,)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(
        lambda value, _: f"{value:,.0f}".replace(",", " ") if value >= 10 else f"{value:g}"
    )


def slope(x, y):
    """Exponent b of the power law y = a·x^b, by least squares on logarithmic axes."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def strips(groups, *, title="", xlabel="", digits=1, each="seed"):
    """Strip plot: one row per group, one dot per value, and a bar at the mean of several values.

    Parameters
    ----------
    groups : dict of str to array-like
        One value per seed.
    title, xlabel : str
    digits : int
        Number of decimals of the mean and standard deviation in the alt text.
    each : str
        What a dot stands for, if not a seed; used in the alt text.

    Returns
    -------
    Plot
    """
    with style():
        fig, ax = figure(0.55 * len(groups) + 1.1)
        for i, values in enumerate(groups.values()):
            # A fixed vertical jitter keeps equal values from hiding each other.
            jitter = 0.24 * (np.arange(len(values)) % 5 - 2) / 2
            ax.plot(values, i + jitter, marker(i), color=color(i), mec=INK, mew=0.6, alpha=0.9)
            if len(values) > 1:
                ax.plot([np.mean(values)] * 2, [i - 0.4, i + 0.4], color=INK, lw=2.5)
        ax.set_yticks(range(len(groups)), list(groups))
        ax.invert_yaxis()
        ax.set(title=title, xlabel=xlabel)
        ax.grid(axis="y", visible=False)
    summary = "; ".join(
        f"{name}: mean {np.mean(values):.{digits}f}, deviation {np.std(values):.{digits}f}"
        for name, values in groups.items()
    )
    return Plot(fig, f"{_head(title)}{xlabel}, one dot a {each}. {summary}.")


def changes(groups, *, title="", ylabel="", digits=2, each="seed"):
    """What a treatment changes: a line for each value, from before to after.

    Lines that fall are dashed and red, the others solid and blue.

    Parameters
    ----------
    groups : dict of str to (before, after)
        For each treatment two array-likes of the same length, one value per seed.
    title, ylabel : str
    digits : int
        Number of decimals of the means in the alt text.
    each : str
        What a line stands for, if not a seed; used in the alt text.

    Returns
    -------
    Plot
    """
    told = []
    with style():
        fig, ax = figure(3.3)
        for i, (name, (before, after)) in enumerate(groups.items()):
            for start, end in zip(before, after, strict=True):
                fell = end < start
                look = {"color": color(2 if fell else 0), "mec": INK, "mew": 0.5}
                ax.plot([i - 0.28, i + 0.28], [start, end], line(int(fell)), **look)
                ax.plot(i - 0.28, start, marker(0), **look | {"color": "white"})
                ax.plot(i + 0.28, end, marker(0), **look)
            means = f"{np.mean(before):.{digits}f} to {np.mean(after):.{digits}f}"
            told.append(f"{name.replace(chr(10), ' ')}: {means}")
        ax.set_xticks(range(len(groups)), list(groups))
        ax.set(title=title, ylabel=ylabel, xlim=(-0.6, len(groups) - 0.4))
        ax.grid(axis="x", visible=False)
    lines_are = f"{ylabel} before and after, one line a {each}"
    return Plot(fig, f"{_head(title)}{lines_are}. Mean {'; '.join(told)}.")


def evidence(found, chosen=0):
    """Evidence for each number of clusters: silhouette and stability.

    Left, the silhouette of the data and its mean in null data; right, the stability with its 99 %
    interval and the limits of the degrees of evidence.

    Parameters
    ----------
    found : dict of str to ndarray
        From `dkm.evaluation.choose_k.evidence`.
    chosen : int
        The number of clusters to mark; 0 for none.

    Returns
    -------
    Plot
    """
    k, silhouette, stability = found["k"], found["silhouette"], found["stability"]
    low, high = found["stability_low"], found["stability_high"]
    with style():
        fig, ((left, right),) = figure(3.0, columns=2)
        left.plot(k, silhouette, marker=marker(0), color=color(0), label="the data")
        left.plot(k, found["null"], line(1), color=INK, label="null data")
        left.set(title="Separated? Mean silhouette")
        left.legend()
        interval = (stability - low, high - stability)
        right.errorbar(k, stability, interval, marker=marker(2), color=color(2), capsize=3)
        for degree in DEGREES[1:]:
            right.axhline(degree.stability, color=INK, linestyle=line(3), lw=0.8)
            right.annotate(
                degree.name,
                (1.01, degree.stability),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
            )
        right.set(title="Stable? Agreement of two halves (ARI)", ylim=(-0.1, 1.1))
        for ax in (left, right):
            ax.set(xlabel="number of clusters")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
            if chosen:
                ax.axvline(chosen, color="#bbbbbb", lw=6, zorder=0)
    limits = ", ".join(f"{degree.stability} ({degree.name})" for degree in DEGREES[1:])
    rows = zip(k, silhouette, found["null"], stability, low, high, strict=True)
    parts = [f"k={i}: {s:.2f}, {n:.2f}, {a:.2f} ({b:.2f} to {c:.2f})" for i, s, n, a, b, c in rows]
    return Plot(
        fig,
        "For each number of clusters k the mean silhouette of the data, that of null data, and the "
        f"agreement of two halves with its 99 % interval; its limits are {limits}. "
        f"{'; '.join(parts)}.",
    )


def _head(title):
    return f"{title}. " if title else ""
