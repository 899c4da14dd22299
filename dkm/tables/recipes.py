"""Encode the columns of a table as features: learned from one table, applied to later ones.

A numeric column is standardised. A column of categories is one-hot encoded: each category c becomes
a column that is 1 where a row has it and 0 elsewhere, minus its share p_c of all rows, divided by
sqrt(1 - sum of p_c^2). Either way, a column has mean 0 and total variance 1, and so the same weight
in the squared distances between rows. For two categories, this equals a standardised 0/1 column.
"""

import difflib
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dkm.tables import column_roles, column_values
from dkm.tables.dataset import DataError
from dkm.tables.reporting import shorten

MISSING_CATEGORY = "(missing)"  # the category of rows whose value is missing


@dataclass(frozen=True)
class Number:
    """How to encode a numeric column.

    Attributes
    ----------
    name : str
    median : float
        Replaces missing values.
    center, scale : float
        Subtracted, then divided by: mean and standard deviation (dividing by n, not n - 1), or 0
        and 1 if the column is not standardised.
    decimal : {".", ","}
        Decimal mark for text in which a number is ambiguous.
    unit : str
        Unit of the numbers, such as %, or "".
    """

    name: str
    median: float
    center: float
    scale: float
    decimal: str
    unit: str

    @classmethod
    def learn(cls, name, values, standardize):
        """Learn from the first table's `dkm.tables.column_values.Values`."""
        numbers = values.numbers
        median = float(np.median(numbers[~np.isnan(numbers)]))
        center, scale = 0.0, 1.0
        if standardize:
            filled = np.where(np.isnan(numbers), median, numbers)
            largest = np.abs(filled).max() or 1.0  # squares of tiny numbers would underflow
            center = float((filled / largest).mean() * largest)
            scale = float((filled / largest).std() * largest) or 1.0
        return cls(name, median, center, scale, values.decimal, values.unit)

    @property
    def features(self):
        """Names of the columns of X that this column becomes."""
        return (self.name,)

    def read(self, series):
        """Parse this column of another table, as `dkm.tables.column_values.Values`."""
        return column_values.read_numbers(series, self.decimal)

    def encode(self, values):
        """Columns of X, shape (n, 1), and sentences on missing or unusual values."""
        missing = values.missing
        filled = np.where(missing, self.median, values.numbers)
        notes = [f"{self.name}: {issue}." for issue in values.issues]
        if values.unit and values.unit != self.unit:
            notes.append(
                f"{self.name}: the unit is '{values.unit}', but it was '{self.unit}' in the first "
                "table; the numbers are not converted."
            )
        if missing.any():
            notes.append(f"{self.name}: {missing.sum()} missing, replaced by {self.median:.6g}.")
        return ((filled - self.center) / self.scale)[:, None], notes


@dataclass(frozen=True)
class Category:
    """How to encode a column of categories.

    Attributes
    ----------
    name : str
    categories : tuple of str
        In their most frequent spelling; includes "(missing)" if the first table had missing values.
    shares : tuple of float
        Share of the rows in each category; they sum to 1.
    center : tuple of float
        Subtracted from the 0/1 columns: the shares, or zeros.
    scale : float
        The 0/1 columns are divided by it: sqrt(1 - sum of squared shares), or 1.
    """

    name: str
    categories: tuple
    shares: tuple
    center: tuple
    scale: float

    @classmethod
    def learn(cls, name, strings, standardize):
        """Learn from the strings of the first table, null where missing."""
        categories, codes = encode_categories(strings)
        if (codes < 0).any():
            codes[codes < 0] = len(categories)
            categories = [*categories, MISSING_CATEGORY]
        shares = np.bincount(codes, minlength=len(categories)) / len(codes)
        if not standardize:
            return cls(name, tuple(categories), tuple(shares.tolist()), (0.0,) * len(shares), 1.0)
        scale = float(np.sqrt(1 - np.sum(shares**2))) or 1.0
        shares = tuple(shares.tolist())
        return cls(name, tuple(categories), shares, shares, scale)

    @property
    def observed(self):
        """The categories without that of missing values, a tuple of str."""
        return tuple(each for each in self.categories if each != MISSING_CATEGORY)

    @property
    def features(self):
        """Names of the columns of X that this column becomes."""
        return tuple(f"{self.name} = {category}" for category in self.categories)

    def read(self, series):
        """Read this column of another table as strings, null where missing."""
        return column_values.read_strings(series)

    def encode(self, strings):
        """Columns of X, shape (n, number of categories), and sentences on unknown values.

        A value that the first table did not contain is encoded as the mean of its rows.
        """
        keys = column_roles.category_keys(pa.array(self.categories, column_values.STRING))
        codes = column_values.map_unique(
            lambda distinct: pc.index_in(column_roles.category_keys(distinct), value_set=keys),
            strings,
        )
        if MISSING_CATEGORY in self.categories:
            code = pa.scalar(self.categories.index(MISSING_CATEGORY), pa.int32())
            codes = pc.if_else(strings.is_null(), code, codes)
        codes = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
        # Row -1, for the unknown, is the mean of the one-hot rows.
        one_hot = np.vstack([np.eye(len(self.shares)), self.shares]) - self.center
        unknown = pc.filter(strings, pa.array(codes < 0))
        n_missing, unseen = unknown.null_count, pc.drop_null(unknown)
        treatment = "encoded as the mean of the rows of the first table"
        notes = []
        if n_missing:
            notes.append(f"{self.name}: {n_missing} missing, {treatment}.")
        if len(unseen):
            listed = column_values.examples(unseen)
            notes.append(f"{self.name}: {listed} not in the first table, {treatment}.")
        return (one_hot / self.scale)[codes], notes


@dataclass(frozen=True)
class Recipe:
    """How to encode a table as points.

    Attributes
    ----------
    columns : tuple of Number or Category
        The columns that are used, in order.
    row_id : str or None
        The column with the row names.
    others : tuple of str
        The columns of the first table that are not used.
    """

    columns: tuple
    row_id: str | None = None
    others: tuple = ()

    @property
    def feature_names(self):
        """Names of the columns of X, a tuple of str."""
        return tuple(feature for column in self.columns for feature in column.features)

    def apply(self, frame):
        """Encode another table.

        Parameters
        ----------
        frame : pandas.DataFrame
            With the columns of the first table, in any order.

        Returns
        -------
        X : ndarray, shape (n, d), float64
        notes : tuple of str
            Which values were missing or unknown, and which columns were ignored.

        Raises
        ------
        DataError
            If columns are missing.
        """
        self.check(frame)
        contents = {column.name: column.read(frame[column.name]) for column in self.columns}
        X, notes = self.encode(contents, len(frame))
        known = {self.row_id, *self.others, *(column.name for column in self.columns)}
        new = [f"'{name}'" for name in frame.columns if name not in known]
        if new:
            notes.append(f"Columns ignored because they are new: {shorten(new)}.")
        return X, tuple(notes)

    def encode(self, contents, n):
        """Encode parsed columns.

        Parameters
        ----------
        contents : dict of str to Values or pyarrow.LargeStringArray
            What `Number.read` or `Category.read` returned for each column, by name.
        n : int
            Number of rows.

        Returns
        -------
        X : ndarray, shape (n, d), float64
        notes : list of str
        """
        X, notes, start = np.empty((n, len(self.feature_names))), [], 0
        for column in self.columns:
            stop = start + len(column.features)
            X[:, start:stop], column_notes = column.encode(contents[column.name])
            start = stop
            notes += column_notes
        return X, notes

    def check(self, frame):
        """Raise unless the table has every column that is used."""
        found = [str(name) for name in frame.columns]
        missing = []
        for name in [c.name for c in self.columns if c.name not in frame.columns]:
            close = difflib.get_close_matches(name.lower(), [each.lower() for each in found], n=1)
            similar = [each for each in found if close and each.lower() == close[0]]
            missing.append(f"'{name}'" + (f" (similar: '{similar[0]}')" if similar else ""))
        if missing:
            raise DataError(
                f"columns of the first table are missing: {shorten(missing)}. Rename the "
                f"corresponding columns. Columns found: {shorten(found)}."
            )

    def as_dict(self):
        """The recipe as plain JSON types. It contains no rows of the table."""
        columns = [{"kind": type(column).__name__, **asdict(column)} for column in self.columns]
        return {"columns": columns, "row_id": self.row_id, "others": list(self.others)}

    @classmethod
    def from_dict(cls, content):
        """The recipe that `as_dict` turned into a dict.

        Raises
        ------
        TypeError, ValueError, KeyError
            If the content is not a valid recipe.
        """
        columns = tuple(_column_from_dict(**each) for each in content["columns"])
        return cls(columns, content["row_id"], tuple(content["others"]))


def _column_from_dict(kind, **attributes):
    """A Number or Category from plain JSON types; raises if they are not valid."""
    attributes = {key: tuple(v) if isinstance(v, list) else v for key, v in attributes.items()}
    column = {"Number": Number, "Category": Category}[kind](**attributes)
    numbers = [column.scale]
    if kind == "Number":
        numbers += [column.median, column.center]
    else:
        numbers += [*column.shares, *column.center]
        if not len(column.categories) == len(column.shares) == len(column.center):
            raise ValueError(f"'{column.name}' does not have one share per category")
    if not np.isfinite(np.array(numbers, dtype=float)).all() or column.scale <= 0:
        raise ValueError(f"'{column.name}' has numbers that are not finite or a scale that is <= 0")
    return column


def encode_categories(strings):
    """Encode strings as integer codes.

    Parameters
    ----------
    strings : pyarrow.LargeStringArray, shape (n,)
        Null where missing.

    Returns
    -------
    categories : list of str
        Each in its most frequent spelling; numbers in numerical order come first, then words in
        alphabetical order.
    codes : ndarray of int, shape (n,)
        Index of the category of each row; -1 where missing.
    """
    coded = pc.dictionary_encode(strings)
    spellings = coded.dictionary.to_pylist()
    keys = column_roles.category_keys(coded.dictionary).to_pylist()
    rows = pc.fill_null(coded.indices, len(keys)).to_numpy(zero_copy_only=False)
    counts = np.bincount(rows, minlength=len(keys) + 1)
    usual = {}  # most frequent spelling of each key, which overwrites the others as it comes last
    for i in sorted(range(len(keys)), key=lambda i: (counts[i], spellings[i])):
        usual[keys[i]] = spellings[i]
    ordered = sorted(usual, key=lambda key: category_order(usual[key]))
    code_of = {key: i for i, key in enumerate(ordered)}
    codes = np.array([*(code_of[key] for key in keys), -1])
    return [usual[key] for key in ordered], codes[rows]


def category_order(text):
    """Sort key: numbers by value, then words alphabetically."""
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text.casefold()
