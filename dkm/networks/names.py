"""Architectures by name; the remaining details follow from the data."""

from math import isqrt

from dkm._util import checks
from dkm.networks.conv import Conv
from dkm.networks.dense import Dense

NAMES = ("dense", "conv")


def named(name, hidden, n_features):
    """Return the architecture with the given name.

    Parameters
    ----------
    name : {"dense", "conv"}
        "conv" is for square images with one channel and at least 4 pixels per side.
    hidden : tuple of int
        Hidden layers of "dense".
    n_features : int
        Number of values per row of X.

    Returns
    -------
    Dense or Conv

    Raises
    ------
    ValueError
        If the name is unknown, or `n_features` does not match such images.
    """
    checks.check_choice("network", name, NAMES)
    if name == "dense":
        return Dense(hidden)
    side = isqrt(n_features)
    if side**2 != n_features or side < 4:
        raise ValueError(
            f"network='conv' is for square images of at least 4 x 4 pixels, but X has "
            f"n_features={n_features}. Use networks.Conv(image_shape=...) with the (height, width) "
            "or (height, width, channels) of your images, or network='dense'."
        )
    return Conv((side, side))
