"""Text for differences between clusters, and formatting of numbers and shares."""

import numpy as np


def difference(column, k):
    """Describe how a cluster differs from all rows in one column.

    Parameters
    ----------
    column : dkm.evaluation.profiles.Profile
    k : int
        Index of the cluster in the profile.

    Returns
    -------
    str
        A phrase without a full stop.
    """
    if not column.categories:
        here, there = (
            f"{rounded(value, column.spread)} {column.unit}".strip()
            for value in (column.means[k, 0], column.mean[0])
        )
        deviation = round(float(column.deviations[k, 0]), 1)
        direction = "lower" if deviation < 0 else "higher" if deviation > 0 else "away"
        distance = f"{abs(deviation):.1f} deviations {direction}"
        return f"{column.name}: {here} against {there} for all rows, {distance}"
    # With two categories, one gains what the other loses; the one that gains is named.
    deviations = column.deviations[k]
    i = max(range(len(deviations)), key=lambda i: (round(abs(deviations[i]), 9), deviations[i]))
    return (
        f"{column.name} = {column.categories[i]}: {percent(column.means[k, i])} of its rows "
        f"against {percent(column.mean[i])} of all rows"
    )


def rounded(value, spread):
    """Format a number so that its last digit is worth a tenth to a hundredth of the spread."""
    if not spread > 0:
        return f"{value:.6g}"
    spread = float(f"{spread:.1e}")  # 1, if rounding errors have made it slightly smaller
    decimals = 1 - int(np.floor(np.log10(spread)))
    if -6 <= decimals <= 6:
        return f"{round(value, decimals) + 0.0:.{max(decimals, 0)}f}"
    digits = 2 + max(0, int(np.floor(np.log10(max(abs(value), spread) / spread))))
    return f"{value:.{min(digits, 15)}g}"


def percent(share):
    """Format a share of rows; only exactly none is "0 %" and only exactly all is "100 %"."""
    if 0 < share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 < share < 1 else f"{100 * share + 0.0:.0f} %"  # -0.0 is 0.0
