"""How the columns of a table become points: learned from one table, used again on later ones.

A column of numbers is standardised. A column of categories becomes one column for each category
c, with 1 where a row has it and else 0, less its share p_c of all rows, divided by
sqrt(1 - sum of p_c^2). So a column of either kind has mean 0 and total variance 1: it weighs the
same in every squared distance between rows. For two categories this is just the standardised
column of 0 and 1.
"""

import difflib
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dkm.tables import column_roles, column_values
from dkm.tables.dataset import DataError

NO_VALUE = "(missing)"  # the category of rows that have none


@dataclass(frozen=True)
class Number:
    """A column of numbers.

    Attributes
    ----------
    name : str
    median : float
        Stands for a missing number.
    center, scale : float
        Subtracted and divided by: mean and standard deviation (of n, not n - 1), or 0 and 1.
    decimal : {".", ","}
        Decimal mark where a number in a text leaves it open.
    unit : str
        What stood beside the numbers, such as %.
    """

    name: str
    median: float
    center: float
    scale: float
    decimal: str
    unit: str

    @classmethod
    def learn(cls, name, values, standardize):
        """From `dkm.tables.column_values.Values`."""
        numbers = values.numbers
        median = float(np.median(numbers[~np.isnan(numbers)]))
        center, scale = 0.0, 1.0
        if standardize:
            filled = np.where(np.isnan(numbers), median, numbers)
            largest = np.abs(filled).max() or 1.0  # squares of tiny numbers would vanish
            center = float((filled / largest).mean() * largest)
            scale = float((filled / largest).std() * largest) or 1.0
        return cls(name, median, center, scale, values.decimal, values.unit)

    @property
    def features(self):
        """Names of the columns of X that it becomes."""
        return (self.name,)

    def read(self, series):
        """What the column holds in another table: Values."""
        return column_values.read_numbers(series, self.decimal)

    def encode(self, values):
        """Its columns of X, shape (n, 1), and sentences on what was missing or odd."""
        missing = values.missing
        filled = np.where(missing, self.median, values.numbers)
        said = [f"{self.name}: {slip}." for slip in values.slips]
        if values.unit and values.unit != self.unit:
            said.append(f"{self.name}: the first table had '{self.unit}'; nothing is converted.")
        if missing.any():
            said.append(f"{self.name}: {missing.sum()} missing, filled with {self.median:.6g}.")
        return ((filled - self.center) / self.scale)[:, None], said


@dataclass(frozen=True)
class Category:
    """A column of categories.

    Attributes
    ----------
    name : str
    categories : tuple of str
        In their most frequent spelling; "(missing)" if rows had none.
    shares : tuple of float
        Of all rows; they sum to 1.
    center : tuple of float
        Subtracted from the columns of 0 and 1: the shares, or zeros.
    scale : float
        Divided by: sqrt(1 - sum of squared shares), or 1.
    """

    name: str
    categories: tuple
    shares: tuple
    center: tuple
    scale: float

    @classmethod
    def learn(cls, name, words, standardize):
        """From words, null where missing."""
        categories, codes = code(words)
        if (codes < 0).any():
            codes[codes < 0] = len(categories)
            categories = [*categories, NO_VALUE]
        shares = np.bincount(codes, minlength=len(categories)) / len(codes)
        if not standardize:
            return cls(name, tuple(categories), tuple(shares.tolist()), (0.0,) * len(shares), 1.0)
        scale = float(np.sqrt(1 - np.sum(shares**2))) or 1.0
        shares = tuple(shares.tolist())
        return cls(name, tuple(categories), shares, shares, scale)

    @property
    def features(self):
        """Names of the columns of X that it becomes."""
        return tuple(f"{self.name} = {category}" for category in self.categories)

    def read(self, series):
        """What the column holds in another table: words, null where missing."""
        return column_values.read_words(series)

    def encode(self, words):
        """Its columns of X, shape (n, number of categories), and sentences on what was new.

        A row whose category the first table did not have lies at the mean of all rows.
        """
        known = column_roles.keys(pa.array(self.categories, column_values.TEXT))
        codes = column_values.over_unique(
            lambda different: pc.index_in(column_roles.keys(different), value_set=known), words
        )
        if NO_VALUE in self.categories:
            absent = pa.scalar(self.categories.index(NO_VALUE), pa.int32())
            codes = pc.if_else(words.is_null(), absent, codes)
        codes = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
        block = np.vstack([np.eye(len(self.shares)), self.shares]) - self.center
        new = pc.filter(words, pa.array(codes < 0))
        missing, strange = new.null_count, pc.drop_null(new)
        said = []
        if missing:
            said.append(f"{self.name}: {missing} missing, counted as the average of all rows.")
        if len(strange):
            said.append(
                f"{self.name}: {column_values.listed(strange)} not in the first table, counted as "
                "the average of all rows."
            )
        return (block / self.scale)[codes], said


@dataclass(frozen=True)
class Recipe:
    """How a table becomes points.

    Attributes
    ----------
    columns : tuple of Number or Category
        The columns that are used, in order.
    row_id : str or None
        The column with the names of the rows.
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
        """The points of another table.

        Parameters
        ----------
        frame : pandas.DataFrame
            With the columns of the first table, in any order.

        Returns
        -------
        X : ndarray, shape (n, d), float64
        notes : tuple of str
            What was missing, unknown or ignored.

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
            notes.append(f"Columns that the first table did not have are ignored: {some(new)}.")
        return X, tuple(notes)

    def encode(self, contents, n):
        """The n points, and a list of sentences, from what each column holds: dict by its name."""
        X, notes, start = np.empty((n, len(self.feature_names))), [], 0
        for column in self.columns:
            stop = start + len(column.features)
            X[:, start:stop], said = column.encode(contents[column.name])
            start = stop
            notes += said
        return X, notes

    def check(self, frame):
        """Raise unless the table has all columns that are used."""
        have = [str(name) for name in frame.columns]
        said = []
        for name in [c.name for c in self.columns if c.name not in frame.columns]:
            near = difflib.get_close_matches(name.lower(), [each.lower() for each in have], n=1)
            same = [each for each in have if near and each.lower() == near[0]]
            said.append(f"'{name}'" + (f" (it has '{same[0]}')" if same else ""))
        if said:
            raise DataError(
                f"columns of the first table are missing: {some(said)}. Give these names to the "
                f"right columns. There are: {some(have)}."
            )

    def as_dict(self):
        """The same as plain JSON types. It holds no rows."""
        kinds_of = [{"kind": type(column).__name__, **asdict(column)} for column in self.columns]
        return {"columns": kinds_of, "row_id": self.row_id, "others": list(self.others)}

    @classmethod
    def from_dict(cls, content):
        """The recipe that `as_dict` wrote down.

        Raises
        ------
        TypeError, ValueError, KeyError
            If it is none.
        """
        made = tuple(_column(**each) for each in content["columns"])
        return cls(made, content["row_id"], tuple(content["others"]))


def _column(kind, **learned):
    """A column from its plain parts; raises if they are none."""
    parts = {key: tuple(v) if isinstance(v, list) else v for key, v in learned.items()}
    made = {"Number": Number, "Category": Category}[kind](**parts)
    numbers = [made.scale]
    if kind == "Number":
        numbers += [made.median, made.center]
    else:
        numbers += [*made.shares, *made.center]
        if not len(made.categories) == len(made.shares) == len(made.center):
            raise ValueError(f"'{made.name}' has not one share for each category")
    if not np.isfinite(np.array(numbers, dtype=float)).all() or made.scale <= 0:
        raise ValueError(f"'{made.name}' has numbers that cannot be used")
    return made


def code(words):
    """Categories, each in its most frequent spelling, and the number of each row's; -1 for none.

    Numbers come in order of size, words in that of the alphabet.
    """
    coded = pc.dictionary_encode(words)
    spellings, keys = coded.dictionary.to_pylist(), column_roles.keys(coded.dictionary).to_pylist()
    rows = pc.fill_null(coded.indices, len(keys)).to_numpy(zero_copy_only=False)
    times = np.bincount(rows, minlength=len(keys) + 1)
    usual = {}  # from each key to its most frequent spelling: it comes last
    for i in sorted(range(len(keys)), key=lambda i: (times[i], spellings[i])):
        usual[keys[i]] = spellings[i]
    order = sorted(usual, key=lambda key: sort_key(usual[key]))
    place = {key: i for i, key in enumerate(order)}
    codes = np.array([*(place[key] for key in keys), -1])
    return [usual[key] for key in order], codes[rows]


def sort_key(word):
    """Numbers before words, by their size."""
    try:
        return 0, float(word), word
    except ValueError:
        return 1, 0.0, word.casefold()


def some(names, most=12):
    """The first of many names."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} others" if rest > 0 else "")
