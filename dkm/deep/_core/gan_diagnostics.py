"""What goes wrong in the training of a GAN: lost modes, a winner, a collapsed generator."""

import math

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from dkm._util import checks
from dkm.deep._core.diagnostics import LEAST_REACH

COUNTED = 1000  # samples generated to see which modes they cover
# A critic that is wrong about fewer than one row in a hundred, with a loss of a hundredth of the
# 2 log 2 of guessing: samples do not get closer to X any more.
WON = {"accuracy": 0.99, "critic_loss": 0.02}
LATE = 0.1  # share of the epochs, at the end, for which a state must last to be reported
# Times the variance of X: with less, all noise gives one sample; with more, nothing is like X.
NARROW, WIDE = 0.01, 100


def covered_modes(samples, modes, radius):
    """How many modes samples cover, and the share of samples that are at none.

    Parameters
    ----------
    samples : array-like, shape (n, d)
    modes : array-like, shape (m, d)
    radius : float
        A sample is at its nearest mode if it is within this distance: in the plane, 99 of 100
        draws of a Gaussian are within three standard deviations.

    Returns
    -------
    covered : int
        Modes with at least a tenth of the n / m samples that they would have if all were equally
        likely: a single stray sample does not cover a mode.
    stray : float
        Share of the samples that are at no mode.
    """
    samples, modes = np.asarray(samples), np.asarray(modes)
    distances = np.linalg.norm(samples[:, None] - modes, axis=2)
    nearest = distances.argmin(axis=1)[distances.min(axis=1) <= radius]
    counts = np.bincount(nearest, minlength=len(modes))
    return int((counts >= 0.1 * len(samples) / len(modes)).sum()), 1 - len(nearest) / len(samples)


def check_modes(modes, radius, X):
    """The modes as an array, shape (m, d), or None; raises unless both parameters are valid."""
    if modes is None:
        if radius is not None:
            raise ValueError(
                f"radius={radius!r} was given without modes. Give both, or leave both out."
            )
        return None
    try:
        modes = np.asarray(modes, dtype=X.dtype)
    except ValueError as error:
        raise ValueError(
            f"modes is not a table of numbers ({error}). Give one row for each mode."
        ) from None
    if modes.ndim != 2 or modes.shape[1] != X.shape[1] or not len(modes):
        raise ValueError(
            f"modes has shape {modes.shape}, but X has n_features={X.shape[1]}. Give one row of as "
            "many values for each mode."
        )
    if radius is None:
        raise ValueError(
            "modes was given without radius. Give the distance within which a sample belongs to "
            "its mode, such as three standard deviations."
        )
    checks.check_real("radius", radius, at_least=0)
    if not radius:
        raise ValueError("radius=0: then no sample is at a mode. Give a number above 0.")
    if not np.isfinite(modes).all():
        raise ValueError("modes holds NaN or infinity. Leave such modes out.")
    return modes


def warn_of_few_moves(epochs, n, batch_size, n_critic, learning_rate):
    """Warn if the generator is trained, but not for long enough to leave its start."""
    in_epoch = math.ceil(n / batch_size)
    moves = epochs * in_epoch // n_critic
    if epochs and learning_rate and moves * learning_rate < LEAST_REACH:
        needed = math.ceil(LEAST_REACH / learning_rate)
        checks.warn(
            f"The generator gets only {moves} updates (epochs={epochs}, {n} rows in batches of "
            f"{batch_size}, one update for every {n_critic} batches) with learning_rate="
            f"{learning_rate:g}. With fewer than {needed:.6g} it has barely changed. "
            f"Give epochs={math.ceil(needed * n_critic / in_epoch)} or more, or a smaller "
            "batch_size.",
            ConvergenceWarning,
        )


def warn_of_defeat(history, cure):
    """Warn if the discriminator of the standard game was always right at the end."""
    late = {name: history[name][-max(1, int(LATE * len(history[name]))) :] for name in history}
    if "accuracy" not in history or not len(history["accuracy"]):
        return
    if late["accuracy"].min() > WON["accuracy"] and late["critic_loss"].max() < WON["critic_loss"]:
        checks.warn(
            f"The discriminator has won: in the last {len(late['accuracy'])} epochs it was right "
            f"about {late['accuracy'].min():.1%} of rows and samples, with a loss of "
            f"{late['critic_loss'].max():.2g} (guessing: 1.39). The generator learns little from "
            f"it. Try {cure}a lower learning_rate, or smaller networks (hidden).",
            ConvergenceWarning,
        )


def warn_of_lost_modes(history, modes, cure):
    """Warn if the samples at the end do not cover all known modes."""
    if modes is None or not len(history["modes"]) or history["modes"][-1] == len(modes):
        return
    checks.warn(
        f"Only {history['modes'][-1]} of {len(modes)} modes are covered by the generator's "
        f"samples, and {history['stray'][-1]:.0%} are at none. Train for more epochs, or try "
        f"{cure}.",
        ConvergenceWarning,
    )


def warn_of_spread(rows, X, cure):
    """Warn if samples are nearly all the same, or spread far wider than X.

    Returns
    -------
    bool
        Whether the training diverged.
    """
    spread, wanted = rows.var(axis=0).sum(), X.var(axis=0).sum()
    if not wanted:  # compared with equal rows any spread is wide
        return False
    if spread < NARROW * wanted:
        problem = "The generator makes nearly the same sample whatever the noise"
        cure = f"Train for more epochs, or with a lower learning_rate{cure}."
    elif not spread <= WIDE * wanted + np.square(X).mean(axis=0).sum():
        problem, cure = "The training diverged", "Lower learning_rate."
    else:
        return False
    checks.warn(
        f"{problem}: the variance of its samples is {spread:.2g}, that of X {wanted:.2g}. {cure}",
        ConvergenceWarning,
    )
    return problem == "The training diverged"
