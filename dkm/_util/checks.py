"""Checks of parameters and data, with errors that name the value, the reason and the remedy."""

import difflib
import numbers
import os
import sys
import warnings

import numpy as np
from sklearn.utils.validation import validate_data

from dkm._util.blocks import slices

RandomState = int | np.random.Generator | np.random.RandomState | None  # for annotations


def check_integer(name, value, at_least):
    """Raise unless `value` is an integer of at least `at_least`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}={value!r} is no integer. Give one of at least {at_least}.")
    if value < at_least:
        raise ValueError(f"{name}={value} is too small. Give an integer of at least {at_least}.")


def check_real(name, value, at_least):
    """Raise unless `value` is a finite number of at least `at_least`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r} is no number. Give one of at least {at_least}.")
    if not (np.isfinite(value) and value >= at_least):
        raise ValueError(f"{name}={value} is out of range. Give a number of at least {at_least}.")


def check_choice(name, value, choices):
    """Raise unless `value` is one of the strings `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}={value!r} is unknown. {suggest(value, choices)}")


def suggest(value, choices):
    """Sentences that say which names exist, the nearest to `value` first."""
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.7)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Known: {', '.join(choices)}."


def check_data(estimator, X, reset):
    """The data as a finite float array, shape (n, d); float32 stays, all else becomes float64.

    Sets or, with ``reset=False``, compares the number and names of the features, as scikit-learn
    does. A `numpy.memmap` of floats is not copied.
    """
    check_is_table(X)
    try:
        X = validate_data(
            estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
        )
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise ValueError(
                "The rows of X have different lengths. Give each row the same number of values, "
                "one for each feature."
            ) from None
        if "could not convert string" not in str(error):
            raise
        raise ValueError(
            f"X holds text{_where_text_is(X)} ({error}). Turn the column into numbers or leave it "
            "out."
        ) from None
    check_finite(X, getattr(estimator, "feature_names_in_", None))
    return X


def check_is_table(X):
    """Raise if X is no data at all, or a data frame with a column of dates or times."""
    if X is None or isinstance(X, str | bytes | os.PathLike):
        raise TypeError(
            f"X={X!r} is no data. Give an array or a data frame; a file is read by "
            "dkm.datasets.load(file).X."
        )
    if hasattr(X, "X") and not hasattr(X, "__array__"):  # a dkm.datasets.Dataset, for example
        raise TypeError(
            f"X is a {type(X).__name__}, which holds more than rows. Give its rows: .X."
        )
    if isinstance(X, np.ndarray) and X.dtype.kind in "mM":
        raise ValueError(
            f"X holds dates or times ({X.dtype}). Turn them into numbers, such as days since a "
            "certain one."
        )
    for name, dtype in getattr(X, "dtypes", {}).items() if hasattr(X, "columns") else ():
        if dtype.kind in "mM":
            raise ValueError(
                f"The column {name!r} of X holds dates or times ({dtype}). Turn it into a number, "
                "such as days since a certain one, or leave it out."
            )


def _where_text_is(X):
    """The words that name the column, where X is a data frame."""
    for name in getattr(X, "columns", ()):
        try:
            np.asarray(X[name], dtype=float)
        except (TypeError, ValueError):
            return f" in the column {name!r}"
    return ""


def check_finite(X, feature_names=None):
    """Raise if X, shape (n, d), holds NaN or infinity. Reads X in blocks."""
    for rows in slices(len(X), X.shape[1]):
        block = X[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(block.sum()):
                continue
        bad = np.argwhere(~np.isfinite(block))
        if len(bad):  # else only the sum overflowed
            row, column = bad[0]
            name = "" if feature_names is None else f" ({feature_names[column]!r})"
            value = "NaN" if np.isnan(block[row, column]) else "infinity (inf)"
            raise ValueError(
                f"X holds {value} in row {rows.start + row}, column {column}{name}, the first such "
                "value. Remove such rows, or fill them, for example with "
                "sklearn.impute.SimpleImputer."
            )


def check_weights(sample_weight, X):
    """The weights in the dtype of X, shape (n,); None stays None, which means one each."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=X.dtype)
    if weights.ndim == 0:
        weights = np.full(len(X), weights)
    if weights.shape != (len(X),):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but X has n_samples={len(X)}. "
            "Give one weight for each row."
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            "sample_weight holds NaN, infinity or negative numbers (its smallest is "
            f"{weights.min()}). Give finite weights of at least 0."
        )
    if not weights.any():
        raise ValueError("sample_weight is zero for all rows. Give at least one row some weight.")
    return weights


def check_n_clusters(n_clusters, X, weights=None):
    """Raise unless `n_clusters` is an integer between 1 and the number of rows that count."""
    check_integer("n_clusters", n_clusters, at_least=1)
    rows = len(X) if weights is None else int(np.count_nonzero(weights))
    if n_clusters > rows:
        what = "X has" if weights is None else "X has, with a positive weight,"
        raise ValueError(
            f"n_clusters={n_clusters}, but {what} n_samples={rows}. "
            f"Choose n_clusters between 1 and {rows}."
        )


def random_generator(random_state):
    """A NumPy Generator from None, an integer, a Generator or a legacy RandomState."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31, size=4))
    if isinstance(random_state, numbers.Integral) and random_state < 0:
        raise ValueError(f"random_state={random_state} is negative. Give an integer from 0 on.")
    if not isinstance(random_state, numbers.Integral | np.random.Generator | None):
        raise TypeError(
            f"random_state={random_state!r} is no source of random numbers. Give an integer from 0 "
            "on, a numpy.random.Generator, or None."
        )
    return np.random.default_rng(random_state)


def warn(message, category=UserWarning):
    """Warn, and show the line that called dkm (or scikit-learn, where that called dkm)."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(("dkm.", "sklearn.")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
