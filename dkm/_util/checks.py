"""Validation of parameters and data. Errors state the value, the problem and a remedy."""

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
    """Raise unless `value` is an integer greater than or equal to `at_least`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"{name}={value!r} is not an integer. Give an integer of at least {at_least}."
        )
    if value < at_least:
        raise ValueError(f"{name}={value} is too small. Give an integer of at least {at_least}.")


def check_real(name, value, at_least):
    """Raise unless `value` is a finite number greater than or equal to `at_least`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r} is not a number. Give a number of at least {at_least}.")
    if not (np.isfinite(value) and value >= at_least):
        raise ValueError(f"{name}={value} is out of range. Give a number of at least {at_least}.")


def check_bool(name, value):
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value!r} must be True or False.")


def check_choice(name, value, choices):
    """Raise unless `value` is one of the strings `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}={value!r} is unknown. {suggest(value, choices)}")


def suggest(value, choices):
    """Sentences that list the valid names, preceded by the closest match to `value`, if any."""
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.7)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Choose from: {', '.join(choices)}."


def check_data(estimator, X, reset):
    """Validate X and return it as a finite float array, shape (n, d).

    float32 is kept; every other dtype is converted to float64. A floating-point `numpy.memmap` is
    not copied. The number and names of the features are stored on the estimator or, with
    ``reset=False``, compared with the stored ones, as in scikit-learn.
    """
    check_is_table(X)
    try:
        X = validate_data(
            estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
        )
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise ValueError(
                "The rows of X have different lengths. Give every row the same number of values, "
                "one per feature."
            ) from None
        if "could not convert string" not in str(error):
            raise
        raise ValueError(
            f"X contains text{_where_text_is(X)} ({error}). Convert the column to numbers or drop "
            "it."
        ) from None
    check_finite(X, getattr(estimator, "feature_names_in_", None))
    return X


def check_is_table(X):
    """Raise if X is not a table of numbers: None, a path, a Dataset, or dates and times."""
    if X is None or isinstance(X, str | bytes | os.PathLike):
        raise TypeError(
            f"X={X!r} is not data. Pass an array or a data frame; to read a file, use "
            "dkm.datasets.load(file).X."
        )
    if hasattr(X, "X") and not hasattr(X, "__array__"):  # a dkm.datasets.Dataset, for example
        raise TypeError(
            f"X is a {type(X).__name__}, not a table of numbers. Pass its array of samples, .X."
        )
    if isinstance(X, np.ndarray) and X.dtype.kind in "mM":
        raise ValueError(
            f"X contains dates or times ({X.dtype}). Convert them to numbers, such as days since "
            "a fixed date."
        )
    for name, dtype in getattr(X, "dtypes", {}).items() if hasattr(X, "columns") else ():
        if dtype.kind in "mM":
            raise ValueError(
                f"Column {name!r} of X contains dates or times ({dtype}). Convert it to numbers, "
                "such as days since a fixed date, or drop it."
            )


def _where_text_is(X):
    """Text that names the first column that is not numeric; empty unless X is a data frame."""
    for name in getattr(X, "columns", ()):
        try:
            np.asarray(X[name], dtype=float)
        except (TypeError, ValueError):
            return f" in column {name!r}"
    return ""


def check_finite(X, feature_names=None):
    """Raise if X, shape (n, d), contains NaN or infinity. Reads X in blocks."""
    for rows in slices(len(X), X.shape[1]):
        block = X[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(block.sum()):
                continue
        bad = np.argwhere(~np.isfinite(block))
        if len(bad):  # otherwise only the sum overflowed
            row, column = bad[0]
            name = "" if feature_names is None else f" ({feature_names[column]!r})"
            value = "NaN" if np.isnan(block[row, column]) else "infinity (inf)"
            raise ValueError(
                f"X contains {value}, first in row {rows.start + row}, column {column}{name}. "
                "Remove the affected rows or impute the values, for example with "
                "sklearn.impute.SimpleImputer."
            )


def check_weights(sample_weight, X):
    """Return the weights in the dtype of X, shape (n,); None, meaning unit weights, stays None."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=X.dtype)
    if weights.ndim == 0:
        weights = np.full(len(X), weights)
    if weights.shape != (len(X),):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but X has n_samples={len(X)}. "
            "Give one weight per row."
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(
            "sample_weight contains NaN, infinity or negative values (minimum "
            f"{weights.min()}). All weights must be finite and non-negative."
        )
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for every row. At least one weight must be positive."
        )
    return weights


def check_n_clusters(n_clusters, X, weights=None):
    """Raise unless `n_clusters` is an integer from 1 to the number of rows of nonzero weight."""
    check_integer("n_clusters", n_clusters, at_least=1)
    rows = len(X) if weights is None else int(np.count_nonzero(weights))
    if n_clusters > rows:
        what = "X has" if weights is None else "X has, counting only positive weights,"
        raise ValueError(
            f"n_clusters={n_clusters}, but {what} n_samples={rows}. "
            f"Choose n_clusters between 1 and {rows}."
        )


def random_generator(random_state):
    """Create a NumPy Generator from None, an integer, a Generator or a legacy RandomState."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31, size=4))
    if isinstance(random_state, numbers.Integral) and random_state < 0:
        raise ValueError(f"random_state={random_state} is negative. Give a non-negative integer.")
    if not isinstance(random_state, numbers.Integral | np.random.Generator | None):
        raise TypeError(
            f"random_state={random_state!r} is not a valid random state. Give a non-negative "
            "integer, a numpy.random.Generator, or None."
        )
    return np.random.default_rng(random_state)


def warn(message, category=UserWarning):
    """Issue a warning attributed to the first caller outside dkm and scikit-learn."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(("dkm.", "sklearn.")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
