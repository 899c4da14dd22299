"""Differences between clusters, numbers and shares in words."""

import numpy as np


def difference(column, k):
    """How a cluster differs from all rows in one column.

    Parameters
    ----------
    column : dkm.evaluation.profiles.Profile
    k : int
        Place of the cluster in it.

    Returns
    -------
    str
        Without a full stop.
    """
    if not column.categories:
        here, there = (
            f"{rounded(value, column.spread)} {column.unit}".strip()
            for value in (column.means[k, 0], column.mean[0])
        )
        away = round(float(column.deviations[k, 0]), 1)
        where = "lower" if away < 0 else "higher" if away > 0 else "away"
        far = f"{abs(away):.1f} deviations {where}"
        return f"{column.name}: {here} against {there} for all rows, {far}"
    # Of two categories, one gains what the other loses: the one that gains is told.
    away = column.deviations[k]
    i = max(range(len(away)), key=lambda i: (round(abs(away[i]), 9), away[i]))
    return (
        f"{column.name} = {column.categories[i]}: {percent(column.means[k, i])} of its rows "
        f"against {percent(column.mean[i])} of all rows"
    )


def rounded(value, spread):
    """A number with as many digits as matter: its last is a tenth to a hundredth of the spread."""
    if not spread > 0:
        return f"{value:.6g}"
    spread = float(f"{spread:.1e}")  # 1, where rounding has made it a little less
    decimals = 1 - int(np.floor(np.log10(spread)))
    if -6 <= decimals <= 6:
        return f"{round(value, decimals) + 0.0:.{max(decimals, 0)}f}"
    digits = 2 + max(0, int(np.floor(np.log10(max(abs(value), spread) / spread))))
    return f"{value:.{min(digits, 15)}g}"


def percent(share):
    """A share of rows as a str; only none is 0 % and only all are 100 %."""
    if 0 < share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 < share < 1 else f"{100 * share + 0.0:.0f} %"  # -0.0 is 0.0
