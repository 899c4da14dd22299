"""Parse numbers in the notations found in text files: decimal commas, separators, units."""

import re

import pyarrow as pa
import pyarrow.compute as pc

STRING = pa.large_string()

_CURRENCY = r"[€$£¥₹]|EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|SEK|NOK|DKK|PLN"
_LETTERS = r"[A-Za-zµΩ]{1,8}[23²³]?"
_UNIT = rf"{_CURRENCY}|[%‰]|°[CF]?|{_LETTERS}(?:/{_LETTERS})?"
_WITH_UNIT = (
    rf"^(?P<sign>[+-]?)(?P<before>{_CURRENCY})?\s*(?P<number>[+-]?[0-9.,'’\s]*[0-9](?:[eE][+-]?\d+)?)"
    rf"\s*(?P<after>{_UNIT})?$"
)
_SPACES = "\u0020\u00a0\u2009\u202f"  # plain, no-break, thin, narrow no-break


def parse(strings, decimal):
    """Parse strings as numbers, with at most one unit for the whole column.

    Parameters
    ----------
    strings : pyarrow.LargeStringArray, shape (n,)
    decimal : {".", ","}
        The decimal mark to prefer if both fit equally many of the strings.

    Returns
    -------
    numbers : pyarrow.DoubleArray, shape (n,)
        Null where a string is not a number.
    decimal : {".", ","}
        The decimal mark that was used.
    unit : str
        The unit that was removed, or "".
    """
    numbers, mark = parse_best(strings, decimal)
    if not numbers.null_count:
        return numbers, mark, ""
    bare, unit = strip_unit(strings)
    return (*parse_best(bare, decimal), unit) if unit else (numbers, mark, "")


def parse_best(strings, decimal):
    """Numbers (null where unparsable) under the decimal mark that parses more of the strings."""
    found = {mark: parse_with(strings, mark) for mark in (decimal, "," if decimal == "." else ".")}
    mark = max(found, key=lambda mark: pc.count(found[mark]).as_py())  # on a tie, the first
    return found[mark], mark


def parse_with(strings, decimal):
    """Numbers (null where unparsable) under this decimal mark, thousands separators allowed."""
    if decimal == ".":
        try:
            return pc.cast(strings, pa.float64())
        except pa.ArrowInvalid:
            pass
    separators = thousands_separators("," if decimal == "." else ".")
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+" for mark in separators)
    mark = re.escape(decimal)
    digits = rf"(?:(?:\d+|{grouped})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d{{1,3}})?"
    pattern = rf"^[+−-]?(?:{digits}|(?i:inf|infinity))$"
    bare = pc.if_else(pc.match_substring_regex(strings, pattern), strings, None)
    bare = pc.replace_substring_regex(bare, "|".join(separators), "")
    bare = pc.replace_substring(pc.replace_substring(bare, decimal, "."), "−", "-")
    return pc.cast(bare, pa.float64())


def thousands_separators(mark):
    """Regular expressions for thousands separators: `mark`, apostrophes and spaces."""
    return [re.escape(mark), "['’]", f"[{_SPACES}]"]


def strip_unit(strings):
    """The strings without their most frequent unit, and that unit ("" if there is none).

    Strings with another unit become null.
    """
    parts = pc.extract_regex(strings, _WITH_UNIT)
    sign, before, number, after = (
        pc.struct_field(parts, name) for name in ("sign", "before", "number", "after")
    )
    units = concatenate(before, after)
    counts = pc.value_counts(pc.filter(units, pc.not_equal(units, ""))).to_pylist()
    if not counts:
        return strings, ""
    unit = max(counts, key=lambda each: each["counts"])["values"]
    fits = pc.is_in(units, value_set=pa.array([unit, ""], STRING))
    return pc.if_else(fits, concatenate(sign, number), None), unit


def concatenate(first, second):
    """Concatenate two string arrays element by element; null where either is null."""
    return pc.binary_join_element_wise(first, second, pa.scalar("", STRING))
