"""What goes wrong in the game of a GAN, counted and told: lost modes, a winner, a single row."""

import math

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from dkm._util import checks
from dkm.deep.pretraining import LEAST_WAY

COUNTED = 1000  # rows that are made to see which modes they cover
# A critic that is wrong about no row in a hundred and whose loss is a hundredth of the 2 log 2 of a
# coin: the rows that are made do not come nearer any more.
WON = {"accuracy": 0.99, "critic_loss": 0.02}
LATE = 0.1  # share of the epochs, at the end, in which a state must last to be told
# Times the variance of X: with less of it one row is made from all noise, with more nothing of X.
NARROW, WIDE = 0.01, 100


def covered_modes(samples, modes, radius):
    """How many modes rows cover, and the share of rows that are at none.

    Parameters
    ----------
    samples : array-like, shape (n, d)
    modes : array-like, shape (m, d)
    radius : float
        A row is at its nearest mode if it is no farther from it than this: three standard
        deviations of a Gaussian in the plane hold 99 of 100 of its rows.

    Returns
    -------
    covered : int
        Modes at which there are a tenth or more of the n / m rows that would be there if all were
        equally likely: one row that went astray covers nothing.
    stray : float
        Share of the rows that are at no mode.
    """
    samples, modes = np.asarray(samples), np.asarray(modes)
    distances = np.linalg.norm(samples[:, None] - modes, axis=2)
    nearest = distances.argmin(axis=1)[distances.min(axis=1) <= radius]
    counts = np.bincount(nearest, minlength=len(modes))
    return int((counts >= 0.1 * len(samples) / len(modes)).sum()), 1 - len(nearest) / len(samples)


def check_modes(modes, radius, X):
    """The modes as an array, shape (m, d), or None; raises unless both parameters fit."""
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
            f"modes is no table of numbers ({error}). Give one row for each mode."
        ) from None
    if modes.ndim != 2 or modes.shape[1] != X.shape[1] or not len(modes):
        raise ValueError(
            f"modes has shape {modes.shape}, but X has n_features={X.shape[1]}. Give one row of as "
            "many values for each mode."
        )
    if radius is None:
        raise ValueError(
            "modes was given without radius. Give the distance within which a row belongs to its "
            "mode, such as three standard deviations."
        )
    checks.check_real("radius", radius, at_least=0)
    if not radius:
        raise ValueError("radius=0: no row lies at a mode then. Give a number above 0.")
    if not np.isfinite(modes).all():
        raise ValueError("modes holds NaN or infinity. Leave such modes out.")
    return modes


def warn_of_few_moves(epochs, n, batch_size, n_critic, learning_rate):
    """Warn if the generator is to be trained, but not for long enough to leave its start."""
    in_epoch = math.ceil(n / batch_size)
    moves = epochs * in_epoch // n_critic
    if epochs and learning_rate and moves * learning_rate < LEAST_WAY:
        needed = math.ceil(LEAST_WAY / learning_rate)
        checks.warn(
            f"The generator makes only {moves} moves (epochs={epochs}, {n} rows in batches of "
            f"{batch_size}, a move for every {n_critic} batches) of learning_rate="
            f"{learning_rate:g}. Before some {needed:.6g} of them it has hardly left its start. "
            f"Give epochs={math.ceil(needed * n_critic / in_epoch)} or more, or a smaller "
            "batch_size.",
            ConvergenceWarning,
        )


def warn_of_defeat(history, cure):
    """Warn if the discriminator of the standard game was right about everything at the end."""
    late = {name: history[name][-max(1, int(LATE * len(history[name]))) :] for name in history}
    if "accuracy" not in history or not len(history["accuracy"]):
        return
    if late["accuracy"].min() > WON["accuracy"] and late["critic_loss"].max() < WON["critic_loss"]:
        checks.warn(
            f"The discriminator has won: in the last {len(late['accuracy'])} epochs it told real "
            f"rows from made ones {late['accuracy'].min():.1%} of the time, with a loss of "
            f"{late['critic_loss'].max():.2g} (a coin has 1.39). The generator learns little from "
            f"it. Try {cure}a lower learning_rate, or smaller networks (hidden).",
            ConvergenceWarning,
        )


def warn_of_lost_modes(history, modes, cure):
    """Warn if the rows that are made at the end do not cover all modes that are known."""
    if modes is None or not len(history["modes"]) or history["modes"][-1] == len(modes):
        return
    checks.warn(
        f"Only {history['modes'][-1]} of {len(modes)} modes are covered by what the generator "
        f"makes, and {history['stray'][-1]:.0%} of it is at none. Train for more epochs, or try "
        f"{cure}.",
        ConvergenceWarning,
    )


def warn_of_spread(model, rows, X, cure):
    """Warn if the rows that a model made are as good as a single one, or far wider than X."""
    spread, wanted = rows.var(axis=0).sum(), X.var(axis=0).sum()
    if model.diverged or not wanted:  # beside equal rows any spread is wide
        return
    if spread < NARROW * wanted:
        said = "The generator makes nearly the same row from all noise"
        cure = f"Train for more epochs, or with a lower learning_rate{cure}."
    elif not spread <= WIDE * wanted + np.square(X).mean(axis=0).sum():
        said, cure = "The training diverged", "Lower learning_rate."
        model.diverged = True
    else:
        return
    checks.warn(
        f"{said}: the variance of made rows is {spread:.2g}, that of X {wanted:.2g}. {cure}",
        ConvergenceWarning,
    )
