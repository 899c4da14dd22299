"""The data sets of the course, each with its origin and licence.

What lessons use comes with the packages that are installed, or is made from a seed. Four larger
ones (mnist, fashion_mnist, usps, 20news) are looked for in the folder that the environment variable
DKM_DATA names, in ``~/.cache/dkm``, and where Keras and scikit-learn keep theirs; only when they
are asked for and are in none of these are they downloaded. Introduced in notebook 01.
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
    """A data set by its name, or a person's own table from a file.

    Parameters
    ----------
    name : str or path-like
        A known name, see `names`; or the path of a ``.csv``, ``.tsv``, ``.parquet``, ``.npz`` or
        ``.npy`` file. A str with an ending or a folder in it is a path.
    label : str, optional
        For a file: the column that holds the classes. It is never part of X. For a ``.npz`` it is
        its array y (or labels, target), if there is one.
    row_id : str, optional
        For a file: the column with the names of the rows. Else the first such column is taken.
    leave_out : iterable of str, default=()
        For a file: columns not to use.
    standardize : bool, default=True
        For a file: bring all columns to mean 0 and variance 1, or leave numbers in their units.

    Returns
    -------
    Dataset
        For a file also with `rows`, `row_names`, `columns` (what each column is used as, and why)
        and `recipe` (the same for later tables). Missing classes are -1 in y.

    Raises
    ------
    ValueError
        If there is no data set of that name, or an argument is given that is only for files.
    DataError
        If its file cannot be found, read or used. Nothing in a file is executed; no pickle is read.

    Notes
    -----
    What is recognised in a file:

    - text: UTF-8, UTF-16, Windows-1252, GB 18030; columns separated by tab, semicolon, bar or
      comma; quoted fields; a first line that holds no column names; names that occur twice (they
      are numbered);
    - numbers: decimal point or comma, marks between thousands, one unit such as %, € or kg in a
      whole column, a sign as in <0.01. Where four of five values are numbers, the other words
      count as missing;
    - missing: nothing, NA, n/a, NaN, null, None, -, ? and the like, infinite numbers. A missing
      number is filled with the median of its column; missing categories are one of their own;
    - categories: at most 50 different words (case and spaces aside), each on average in two rows.
      Each becomes one column; together they have variance 1, see `dkm.tables.recipes`;
    - left out: columns that name or count the rows, dates and times, texts, constants, columns of
      which more than half is missing; rows without any value.
    """
    for_files = [label is not None, row_id is not None, len(leave_out) > 0, standardize is not True]
    if _is_path(name):
        from dkm.tables import loading  # here, as it loads pandas

        return loading.load(
            name, label=label, row_id=row_id, leave_out=leave_out, standardize=standardize
        )
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(
            f"No data set named {name!r}. {suggest(name, list(_LOADERS))} "
            "A file is given by its path, such as my.csv."
        )
    if any(for_files):
        raise ValueError(
            f"label, row_id, leave_out and standardize are for files, and {name!r} is none. "
            "Load it without them."
        )
    return _LOADERS[name]()


def _is_path(name):
    """Whether this is the path of a file and no name."""
    if not isinstance(name, str):
        return isinstance(name, os.PathLike)
    return name not in _LOADERS and bool(Path(name).suffix or set(name) & set("/\\"))


def names():
    """The known data sets: a dict from name to one sentence. None is loaded."""
    return {name: " ".join(loader.__doc__.split()) for name, loader in _LOADERS.items()}
