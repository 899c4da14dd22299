"""Values of alpha, which says how hard Deep K-Means assigns, one after the other."""

import math

from dkm._util import checks


def annealing(n_values=40, start=0.1):
    r"""The paper's increasing values of alpha.

    :math:`\alpha_0` is `start`, and :math:`\alpha_i = 2^{1 / \ln^2(1 + i)} \alpha_{i-1}` [1]_: 0.1,
    0.42, 0.75, 1.08, up to 28.1. The paper holds each of 40 values for 1370 optimiser steps: five
    epochs of MNIST.

    Parameters
    ----------
    n_values : int, default=40
    start : float, default=0.1

    Returns
    -------
    tuple of float

    References
    ----------
    .. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with
       k-Means and learning representations", Pattern Recognition Letters 138, 2020, section 3.3.
    """
    checks.check_integer("n_values", n_values, at_least=1)
    checks.check_real("start", start, at_least=0)
    alphas = [float(start)]
    for i in range(1, n_values):
        alphas.append(2 ** (1 / math.log(1 + i) ** 2) * alphas[-1])
    return tuple(alphas)


def alphas_of(alpha):
    """The values of alpha, one after the other, as a tuple; raises unless all are numbers >= 0."""
    flat = getattr(alpha, "ndim", 1) == 1 and not isinstance(alpha, str | dict)
    alphas = tuple(alpha) if flat and hasattr(alpha, "__getitem__") else (alpha,)
    if not alphas:
        raise ValueError("alpha is an empty sequence. Give a number, or a sequence of numbers.")
    for each in alphas:
        try:
            checks.check_real("alpha", each, at_least=0)
        except TypeError as error:
            raise TypeError(
                f"{error} A flat sequence of such numbers, as of dkm.deep.annealing(), will do."
            ) from None
    return tuple(float(each) for each in alphas)


def check_steps(alphas, n_steps):
    """Raise if there are more values of alpha than optimiser steps; without steps none is used."""
    if 0 < n_steps < len(alphas):
        raise ValueError(
            f"alpha has {len(alphas)} values, but all epochs together have {n_steps} optimiser "
            "steps, and each value takes at least one. Give more epochs, a smaller batch_size, or "
            "fewer values."
        )
