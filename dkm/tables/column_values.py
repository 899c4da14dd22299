"""What stands in a column: numbers, words, or nothing, in the many ways of writing them."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# Written in any case, these mean that there is no value, as nothing does.
_NOTHING = (
    "na n/a n.a. #n/a <na> nan nat null none nil missing (missing) - -- – — ? . .. ... "
    "#div/0! #value! #ref! #name? #num! #null!"
)
MISSING = ["", *_NOTHING.split()]
MOSTLY = 0.8  # share of a column's values that must be numbers, for the others to be slips
HUGE = 1e150  # the square of a larger number is infinite in floating point

TEXT = pa.large_string()
NOTHING = pa.scalar(None, TEXT)

_LIMIT = r"^(?:[<>]=?|[≤≥~≈±])\s*([+-]?[0-9])"  # <0.01: below what could be measured
_CURRENCY = r"[€$£¥₹]|EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|SEK|NOK|DKK|PLN"
_LETTERS = r"[A-Za-zµΩ]{1,8}[23²³]?"
_UNIT = rf"{_CURRENCY}|[%‰]|°[CF]?|{_LETTERS}(?:/{_LETTERS})?"
_WITH_UNIT = (
    rf"^(?P<sign>[+-]?)(?P<before>{_CURRENCY})?\s*(?P<number>[+-]?[0-9.,'’\s]*[0-9](?:[eE][+-]?\d+)?)"
    rf"\s*(?P<after>{_UNIT})?$"
)
_SPACES = "\u0020\u00a0\u2009\u202f"  # plain, no-break, thin, narrow no-break


class Values(NamedTuple):
    """A column as it was read.

    Attributes
    ----------
    words : pyarrow.LargeStringArray, shape (n,), or None
        Trimmed, null where missing. None for numbers.
    numbers : ndarray of float64, shape (n,), or None
        NaN where missing. None where they are not mostly numbers.
    declared : {"", "categories", "dates", "other"}
        What the file itself says that these are, beside numbers and text.
    decimal : {".", ","}
        The decimal mark of the numbers.
    unit : str
        What was taken off each number, such as % or kg.
    form : tuple of str
        How the numbers are written.
    slips : tuple of str
        What counts as missing though something stands there.
    """

    words: pa.Array | None
    numbers: np.ndarray | None
    declared: str = ""
    decimal: str = "."
    unit: str = ""
    form: tuple = ()
    slips: tuple = ()

    @property
    def missing(self):
        """Which rows have no value: a Boolean ndarray, shape (n,)."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        return self.words.is_null().to_numpy(zero_copy_only=False)

    @property
    def n_missing(self):
        """How many rows have no value."""
        return int(np.count_nonzero(self.missing))

    def keep(self, rows):
        """The same for some of the rows: a Boolean ndarray, shape (n,)."""
        if rows.all():
            return self
        if self.numbers is not None:
            return self._replace(numbers=self.numbers[rows])
        return self._replace(words=self.words.filter(pa.array(rows)))


def read(series, decimal="."):
    """What a column holds.

    Parameters
    ----------
    series : pandas.Series, shape (n,)
        Of any type; text is looked into.
    decimal : {".", ","}
        The decimal mark where the numbers themselves leave it open, as 1.234 does.

    Returns
    -------
    Values
    """
    values = as_arrow(series)
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return without_infinite(Values(None, numbers))
    declared = "dates" if pa.types.is_temporal(kind) else ""
    try:
        if pa.types.is_dictionary(kind):
            return Values(as_words(pc.cast(values, kind.value_type)), None, "categories")
        values = pc.cast(values, TEXT)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # lists, records, bytes, durations
        anything = pc.if_else(values.is_null(), NOTHING, pa.scalar("anything", TEXT))
        return Values(anything, None, declared or "other")
    if declared:
        return Values(values, None, declared)
    return read_text(values, decimal)


def read_text(texts, decimal):
    """The same for an Arrow array of strings."""
    numbers = as_plain_numbers(texts) if decimal == "." else None
    if numbers is not None:
        return without_infinite(Values(None, numbers))
    words = as_words(texts)
    if are_codes(words):
        return Values(words, None)
    values = as_numbers(words, decimal)
    enough = np.count_nonzero(~values.missing) >= MOSTLY * present(words)
    return without_infinite(values) if enough else Values(words, None)


def read_numbers(series, decimal="."):
    """What a column holds that is known to hold numbers: whatever is none counts as missing."""
    values = read(series, decimal)
    if values.numbers is not None:
        return values
    return without_infinite(as_numbers(values.words, decimal))


def read_words(series):
    """What a column holds that is known to hold words, numbers written out."""
    values = read(series)
    return values.words if values.numbers is None else as_words(as_arrow(series))


def as_arrow(series):
    """The column as one Arrow array. Objects of several kinds become text."""
    try:
        values = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        texts = [str(value) for value in series]
        values = pa.array(texts, TEXT, mask=np.asarray(pd.isna(series)))
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def as_words(values):
    """Trimmed text, null where it says that there is no value."""
    words = pc.cast(values, TEXT)
    if pa.types.is_floating(values.type):  # 2.0 is the category that other files call 2
        words = pc.replace_substring_regex(words, r"\.0$", "")
    return over_unique(clean, words)


def clean(words):
    """The same for words that occur once each."""
    words = pc.utf8_trim_whitespace(words)
    missing = pc.is_in(pc.utf8_lower(words), value_set=pa.array(MISSING, TEXT))
    return pc.if_else(missing, NOTHING, words)


def over_unique(function, words):
    """function(words), with as little work as there are different words."""
    coded = pc.dictionary_encode(words)
    return pc.take(function(coded.dictionary), coded.indices)


def as_plain_numbers(texts):
    """Numbers as programs write them, with empty fields as NaN; None if one is anything else."""
    try:
        numbers = pc.cast(pc.if_else(pc.equal(texts, ""), NOTHING, texts), pa.float64())
    except pa.ArrowInvalid:
        return None
    numbers = numbers.to_numpy(zero_copy_only=False)
    return None if are_codes(texts) else numbers


def as_numbers(words, decimal):
    """The words as numbers; those that are none count as missing."""
    coded = pc.dictionary_encode(words)
    different = coded.dictionary
    bare = pc.replace_substring_regex(different, _LIMIT, r"\1")
    numbers, mark, unit = parse_any(bare, decimal)
    limits = pc.filter(words, pc.take(pc.not_equal(bare, different), coded.indices))
    numbers = pc.take(numbers, coded.indices)
    lost = pc.filter(words, pc.and_(pc.is_valid(words), pc.is_null(numbers)))
    slips = [f"{listed(lost)} among the numbers counted as missing"] * bool(len(lost))
    slips += [f"{listed(limits)} read without the sign"] * bool(len(limits))
    form = [f"'{unit}' taken off"] * bool(unit)
    for sign in ",.":
        if (mark == "," or sign == ",") and has(different, sign):
            form.append("decimal comma" if sign == mark else f"'{sign}' between thousands")
    numbers = numbers.to_numpy(zero_copy_only=False)
    return Values(None, numbers, "", mark, unit, tuple(form), tuple(slips))


def has(words, sign):
    """Whether a number among the words has a sign in it."""
    return pc.any(pc.match_substring_regex(words, rf"\d[{sign}]\d")).as_py()


def present(words):
    """How many are not missing."""
    return len(words) - words.null_count


def are_codes(words):
    """Whether these are digits of one length, some with a leading zero, as in postal codes."""
    if not pc.any(pc.match_substring_regex(words, "^0[0-9]+$")).as_py():
        return False
    lengths = pc.min_max(pc.utf8_length(words)).as_py()
    digits = pc.all(pc.match_substring_regex(words, "^[0-9]+$")).as_py()
    return digits and lengths["min"] == lengths["max"]


def parse_any(words, decimal):
    """Numbers (null where there is none), their decimal mark, and the unit taken off."""
    numbers, mark = parse(words, decimal)
    if not numbers.null_count:
        return numbers, mark, ""
    bare, unit = without_unit(words)
    return (*parse(bare, decimal), unit) if unit else (numbers, mark, "")


def parse(words, decimal):
    """Numbers (null where there is none) under the decimal mark that fits more of the words."""
    found = {mark: parse_with(words, mark) for mark in (decimal, "," if decimal == "." else ".")}
    mark = max(found, key=lambda mark: pc.count(found[mark]).as_py())  # a tie: the first
    return found[mark], mark


def parse_with(words, decimal):
    """Numbers under this decimal mark, with or without marks between the thousands."""
    if decimal == ".":
        try:
            return pc.cast(words, pa.float64())
        except pa.ArrowInvalid:
            pass
    other = "," if decimal == "." else "."
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+" for mark in thousands(other))
    mark = re.escape(decimal)
    digits = rf"(?:(?:\d+|{grouped})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d{{1,3}})?"
    pattern = rf"^[+−-]?(?:{digits}|(?i:inf|infinity))$"
    bare = pc.if_else(pc.match_substring_regex(words, pattern), words, None)
    bare = pc.replace_substring_regex(bare, "|".join(thousands(other)), "")
    bare = pc.replace_substring(pc.replace_substring(bare, decimal, "."), "−", "-")
    return pc.cast(bare, pa.float64())


def thousands(other):
    """Patterns of what may stand between thousands, where the decimal mark is the other one."""
    return [re.escape(other), "['’]", f"[{_SPACES}]"]


def without_unit(words):
    """The words without the one unit that most of them have, and the unit; "" if there is none."""
    parts = pc.extract_regex(words, _WITH_UNIT)
    sign, before, number, after = (
        pc.struct_field(parts, name) for name in ("sign", "before", "number", "after")
    )
    units = joined(before, after)
    counts = pc.value_counts(pc.filter(units, pc.not_equal(units, ""))).to_pylist()
    if not counts:
        return words, ""
    unit = max(counts, key=lambda each: each["counts"])["values"]
    fits = pc.is_in(units, value_set=pa.array([unit, ""], TEXT))
    return pc.if_else(fits, joined(sign, number), None), unit


def joined(first, second):
    """Each two texts as one; null where one of them is."""
    return pc.binary_join_element_wise(first, second, pa.scalar("", TEXT))


def without_infinite(values):
    """The same, with numbers that cannot be calculated with counted as missing."""
    bad = np.abs(values.numbers) > HUGE
    if not bad.any():
        return values
    numbers = np.where(bad, np.nan, values.numbers)
    said = f"{bad.sum()} infinite or beyond ±{HUGE:.0e} counted as missing"
    return values._replace(numbers=numbers, slips=(*values.slips, said))


def listed(words, most=3):
    """Which words there are and how often: 'sold out' (2), 'ask' and 5 others."""
    counts = sorted(pc.value_counts(words).to_pylist(), key=lambda each: -each["counts"])
    said = []
    for each in counts[:most]:
        word = each["values"] if len(each["values"]) <= 20 else each["values"][:19] + "…"
        said.append(f"'{word}'" + (f" ({each['counts']} times)" if each["counts"] > 1 else ""))
    rest = len(counts) - most
    return ", ".join(said) + (f" and {rest} others" if rest > 0 else "")
