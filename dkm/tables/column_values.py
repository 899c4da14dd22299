"""Parse the values of a column: numbers, strings and the many ways to write a missing value."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dkm.tables import number_parsing
from dkm.tables.number_parsing import STRING

# In upper or lower case, each of these marks a missing value, as does an empty field.
_MISSING_MARKERS = (
    "na n/a n.a. #n/a <na> nan nat null none nil missing (missing) - -- – — ? . .. ... "
    "#div/0! #value! #ref! #name? #num! #null!"
)
MISSING_MARKERS = ["", *_MISSING_MARKERS.split()]
# Share of a column's values that must be numbers for the column to count as numeric; the other
# values are then treated as missing.
MIN_NUMERIC_SHARE = 0.8
MAX_MAGNITUDE = 1e150  # the square of a larger number overflows in floating point

NULL = pa.scalar(None, STRING)

_COMPARISON = r"^(?:[<>]=?|[≤≥~≈±])\s*([+-]?[0-9])"  # <0.01: below the detection limit


class Values(NamedTuple):
    """The parsed values of a column.

    Attributes
    ----------
    strings : pyarrow.LargeStringArray, shape (n,), or None
        With surrounding whitespace removed; null where missing. None for a numeric column.
    numbers : ndarray of float64, shape (n,), or None
        NaN where missing. None if the column is not numeric.
    declared : {"", "categories", "dates", "other"}
        The type that the file itself declares, if it is neither numbers nor text.
    decimal : {".", ","}
        Decimal mark of the numbers.
    unit : str
        Unit that was removed from the numbers, such as % or kg.
    number_format : tuple of str
        How the numbers are written, if not plainly.
    issues : tuple of str
        Which values were treated as missing, or not read exactly as written.
    """

    strings: pa.Array | None
    numbers: np.ndarray | None
    declared: str = ""
    decimal: str = "."
    unit: str = ""
    number_format: tuple = ()
    issues: tuple = ()

    @property
    def missing(self):
        """Whether each value is missing: a Boolean ndarray, shape (n,)."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        return self.strings.is_null().to_numpy(zero_copy_only=False)

    @property
    def n_missing(self):
        """Number of missing values."""
        return int(np.count_nonzero(self.missing))

    def select(self, mask):
        """The values of some rows, given by a Boolean ndarray, shape (n,)."""
        if mask.all():
            return self
        if self.numbers is not None:
            return self._replace(numbers=self.numbers[mask])
        return self._replace(strings=self.strings.filter(pa.array(mask)))


def read(series, decimal="."):
    """Parse a column.

    Parameters
    ----------
    series : pandas.Series, shape (n,)
        Of any dtype. Strings are parsed as numbers where most of them are numbers.
    decimal : {".", ","}
        Decimal mark for numbers that are ambiguous, such as 1.234.

    Returns
    -------
    Values
    """
    values = as_arrow(series)
    dtype = values.type
    if pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or pa.types.is_decimal(dtype):
        numbers = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return infinite_to_missing(Values(None, numbers))
    declared = "dates" if pa.types.is_temporal(dtype) else ""
    try:
        if pa.types.is_dictionary(dtype):
            return Values(as_strings(pc.cast(values, dtype.value_type)), None, "categories")
        values = pc.cast(values, STRING)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # lists, structs, bytes, durations
        placeholder = pc.if_else(values.is_null(), NULL, pa.scalar("anything", STRING))
        return Values(placeholder, None, declared or "other")
    if declared:
        return Values(values, None, declared)
    return read_text(values, decimal)


def read_text(texts, decimal):
    """Parse an Arrow array of strings as numbers if most are numbers, as strings otherwise."""
    numbers = parse_plain_numbers(texts) if decimal == "." else None
    if numbers is not None:
        return infinite_to_missing(Values(None, numbers))
    strings = as_strings(texts)
    if are_zero_padded(strings):
        return Values(strings, None)
    values = parse_numbers(strings, decimal)
    n_present = len(strings) - strings.null_count
    numeric = np.count_nonzero(~values.missing) >= MIN_NUMERIC_SHARE * n_present
    return infinite_to_missing(values) if numeric else Values(strings, None)


def read_numbers(series, decimal="."):
    """Parse a column that is known to be numeric; any other value is treated as missing."""
    values = read(series, decimal)
    if values.numbers is not None:
        return values
    return infinite_to_missing(parse_numbers(values.strings, decimal))


def read_strings(series):
    """Read a column that is known to hold strings; numbers are converted to strings."""
    values = read(series)
    return values.strings if values.numbers is None else as_strings(as_arrow(series))


def as_arrow(series):
    """Convert a column to a single Arrow array. Objects of mixed types become strings."""
    try:
        values = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        texts = [str(value) for value in series]
        values = pa.array(texts, STRING, mask=np.asarray(pd.isna(series)))
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def as_strings(values):
    """Convert values to stripped strings; markers of a missing value become null."""
    strings = pc.cast(values, STRING)
    if pa.types.is_floating(values.type):  # 2.0 is the category that other files write as 2
        strings = pc.replace_substring_regex(strings, r"\.0$", "")
    return map_unique(clean, strings)


def clean(strings):
    """Strip whitespace and replace markers of a missing value by null."""
    strings = pc.utf8_trim_whitespace(strings)
    missing = pc.is_in(pc.utf8_lower(strings), value_set=pa.array(MISSING_MARKERS, STRING))
    return pc.if_else(missing, NULL, strings)


def map_unique(function, strings):
    """Apply an elementwise function to the strings, evaluated once for each distinct string."""
    coded = pc.dictionary_encode(strings)
    return pc.take(function(coded.dictionary), coded.indices)


def parse_plain_numbers(texts):
    """Numbers as programs write them, empty fields as NaN; None if any string is not a number."""
    try:
        numbers = pc.cast(pc.if_else(pc.equal(texts, ""), NULL, texts), pa.float64())
    except pa.ArrowInvalid:
        return None
    numbers = numbers.to_numpy(zero_copy_only=False)
    return None if are_zero_padded(texts) else numbers


def parse_numbers(strings, decimal):
    """Parse strings as numbers; those that are not numeric are treated as missing."""
    coded = pc.dictionary_encode(strings)
    distinct = coded.dictionary
    bare = pc.replace_substring_regex(distinct, _COMPARISON, r"\1")
    numbers, mark, unit = number_parsing.parse(bare, decimal)
    compared = pc.filter(strings, pc.take(pc.not_equal(bare, distinct), coded.indices))
    numbers = pc.take(numbers, coded.indices)
    unparsed = pc.filter(strings, pc.and_(pc.is_valid(strings), pc.is_null(numbers)))
    issues = [f"{examples(unparsed)} not numeric, treated as missing"] * bool(len(unparsed))
    issues += [f"{examples(compared)} read without the leading symbol"] * bool(len(compared))
    number_format = [f"'{unit}' removed"] * bool(unit)
    for each in ",.":
        if (mark == "," or each == ",") and occurs_in_number(each, distinct):
            number_format.append(
                "decimal comma" if each == mark else f"'{each}' as thousands separator"
            )
    numbers = numbers.to_numpy(zero_copy_only=False)
    return Values(None, numbers, "", mark, unit, tuple(number_format), tuple(issues))


def occurs_in_number(mark, strings):
    """Whether the mark occurs between two digits of any string."""
    return pc.any(pc.match_substring_regex(strings, rf"\d[{mark}]\d")).as_py()


def are_zero_padded(strings):
    """Whether all strings are digits of one length, some with a leading zero, as postal codes."""
    if not pc.any(pc.match_substring_regex(strings, "^0[0-9]+$")).as_py():
        return False
    lengths = pc.min_max(pc.utf8_length(strings)).as_py()
    digits = pc.all(pc.match_substring_regex(strings, "^[0-9]+$")).as_py()
    return digits and lengths["min"] == lengths["max"]


def infinite_to_missing(values):
    """The same values, with numbers that are infinite or too large to square as missing."""
    too_large = np.abs(values.numbers) > MAX_MAGNITUDE
    if not too_large.any():
        return values
    numbers = np.where(too_large, np.nan, values.numbers)
    issue = f"{too_large.sum()} infinite or beyond ±{MAX_MAGNITUDE:.0e}, treated as missing"
    return values._replace(numbers=numbers, issues=(*values.issues, issue))


def examples(strings, n_shown=3):
    """The most frequent strings and their counts: 'sold out' (2 times), 'ask' and 5 others."""
    counts = sorted(pc.value_counts(strings).to_pylist(), key=lambda each: -each["counts"])
    shown = []
    for each in counts[:n_shown]:
        text = each["values"] if len(each["values"]) <= 20 else each["values"][:19] + "…"
        shown.append(f"'{text}'" + (f" ({each['counts']} times)" if each["counts"] > 1 else ""))
    n_others = len(counts) - n_shown
    return ", ".join(shown) + (f" and {n_others} others" if n_others > 0 else "")
