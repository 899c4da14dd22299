"""The data sets of the course, each with its origin and licence.

The lessons use data sets that come with scikit-learn or are generated from a fixed seed. Four
larger ones (mnist, fashion_mnist, usps, 20news) are searched for in the folder given by the
environment variable DKM_DATA, in ``~/.cache/dkm``, and in the caches of Keras and scikit-learn.
They are downloaded only if they are requested and not found there. Introduced in notebook 01.
"""

import os
from pathlib import Path

from dkm._util.checks import suggest
from dkm.datasets import bundled, images, text, toys
from dkm.tables.dataset import Column, DataError, Dataset

__all__ = ["Column", "DataError", "Dataset", "load", "names"]

_LOADERS = {
    "digits": images.digits,
    "iris": bundled.iris,
    "wine": bundled.wine,
    "blobs": toys.blobs,
    "moons": toys.moons,
    "circles": toys.circles,
    "stretched": toys.stretched,
    "unequal": toys.unequal,
    "uniform": toys.uniform,
    "gaussian": toys.gaussian,
    "mnist": images.mnist,
    "fashion_mnist": images.fashion_mnist,
    "usps": images.usps,
    "20news": text.newsgroups,
}


def load(name, *, label=None, row_id=None, leave_out=(), standardize=True):
    """Load a data set by name, or your own table from a file.

    Parameters
    ----------
    name : str or path-like
        One of `names`, or the path of a ``.csv``, ``.tsv``, ``.parquet``, ``.npz`` or ``.npy``
        file. A string that contains a file extension or a folder is a path.
    label : str, optional
        For a file: the column with the class labels. It is never part of X. For a ``.npz`` file,
        the default is its array y (or labels, target), if it has one.
    row_id : str, optional
        For a file: the column with the row names. By default, an identifier is detected.
    leave_out : iterable of str, default=()
        For a file: columns to leave out.
    standardize : bool, default=True
        For a file: scale each column to mean 0 and variance 1. If False, numbers keep their units.

    Returns
    -------
    Dataset
        For a file, also with `rows`, `row_names`, `columns` (how each column is used, and why) and
        `recipe` (to encode later tables in the same way). Missing class labels are -1 in y.

    Raises
    ------
    ValueError
        If there is no data set of that name, or if a parameter for files is given with a name.
    DataError
        If the file cannot be found, read or used. Nothing in a user's file is executed, and pickles
        are never loaded. (The exception is "20news": scikit-learn keeps it as a pickle and loads
        it. Use only a file that scikit-learn made on a machine you trust.)

    Notes
    -----
    The following is detected in a file:

    - format: encoding (UTF-8, UTF-16, Windows-1252, GB 18030), delimiter (tab, semicolon, vertical
      bar or comma), quoted fields, a missing header, repeated column names (which are numbered);
    - numbers: decimal point or comma, thousands separators, one unit per column such as %, € or kg,
      a leading symbol as in <0.01. If at least 80 % of the values in a column are numbers, the
      others are treated as missing;
    - missing values: empty fields, NA, n/a, NaN, null, None, -, ? and similar, infinite numbers. A
      missing number is replaced by the median of its column; missing categories form a category of
      their own;
    - categories: at most 50 different strings (ignoring case and spaces), with two rows each on
      average. Each becomes a column; together they have variance 1, see `dkm.tables.recipes`;
    - left out: identifiers and row numbers, dates and times, free text, constant columns, columns
      with more than half of their values missing; rows without any value.
    """
    for_files = [label is not None, row_id is not None, len(leave_out) > 0, standardize is not True]
    if _is_path(name):
        from dkm.tables import loading  # imported here because it imports pandas

        return loading.load(
            name, label=label, row_id=row_id, leave_out=leave_out, standardize=standardize
        )
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(
            f"No data set named {name!r}. {suggest(name, list(_LOADERS))} "
            "To load a file, give its path, such as my.csv."
        )
    if any(for_files):
        raise ValueError(
            f"label, row_id, leave_out and standardize apply only to files, and {name!r} is not a "
            "file. Load it without them."
        )
    return _LOADERS[name]()


def _is_path(name):
    """Whether this is the path of a file rather than the name of a data set."""
    if not isinstance(name, str):
        return isinstance(name, os.PathLike)
    return name not in _LOADERS and bool(Path(name).suffix or set(name) & set("/\\"))


def names():
    """The data sets, as a dict from name to a one-sentence description. None is loaded."""
    return {name: " ".join(loader.__doc__.split()) for name, loader in _LOADERS.items()}
