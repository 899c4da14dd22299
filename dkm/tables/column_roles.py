"""Decide the role of each column: numbers, categories, class labels, row names, or left out.

`role_of` decides for a single column, and `assign_roles` for a table. A column is an identifier
("row names") if its values are unique strings, or if `role_of_numbers` recognises its integers: by
their values (row numbers, or each integer of a range exactly once), or because they are unique and
the name of the column says so (`is_id_name`).
"""

import re
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NUMBERS, CATEGORIES, CLASSES = "numbers", "categories", "classes"
ROW_NAMES, LEFT_OUT = "row names", "left out"

MAX_CATEGORIES = 50
FREE_TEXT_LENGTH = 40  # mean number of characters above which strings are free text
CONSTANT_TOLERANCE = 1e-13  # relative to the largest value: differences below it are rounding

_DATE_WORDS = {"date", "time", "timestamp", "datetime", "created", "updated", "datum", "zeit"}
_ID_WORDS = {"id", "ids", "uuid", "guid", "code", "key", "编号"}
# These must be the whole name: a "pain index" is a measurement.
_INDEX_NAMES = {"nr", "no", "index", "idx", "#", "序号"}

_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?"
_DATES = (
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?",  # 2025-12-31, 2025-12
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}",  # 31.12.2025, 12/31/2025
    r"\d{1,2}\.?[ -]\pL{3,9}\.?,?[ -]\d{4}",  # 31 December 2025, 31-Dec-2025
    r"\pL{3,9}\.? \d{1,2},? \d{4}",  # December 31, 2025
    r"\d{4}年\d{1,2}月(\d{1,2}日)?",
)
_DATE = rf"^(({'|'.join(_DATES)})([T ,]+{_TIME})?|{_TIME})$"


def assign_roles(frame, values, label=None, row_id=None, leave_out=()):
    """Decide the role of every column of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
    values : dict of str to Values
        The parsed values of each column, by name.
    label, row_id : str or None
        Columns that the user chose for the class labels and the row names.
    leave_out : iterable of str
        Columns that the user does not want.

    Returns
    -------
    dict of str to (role, reason)
        By the name of the column. At most one column has the role "row names": `row_id` if given,
        otherwise the first identifier by name, else the first with strings, else the first of all.
        Other identifiers are left out.
    """
    roles = {}
    for name, value in values.items():
        if name == label:
            roles[name] = CLASSES, "never used for clustering"
        elif name == row_id:
            roles[name] = ROW_NAMES, "as requested"
        elif name in leave_out:
            roles[name] = LEFT_OUT, "as requested"
        elif (original := duplicated_column(frame, name)) is not None:
            roles[name] = LEFT_OUT, f"the same values as '{original}'"
        else:
            roles[name] = role_of(name, value)
    identifiers = [name for name, (role, _) in roles.items() if role == ROW_NAMES]
    by_name = [name for name in identifiers if is_id_name(name)]
    with_strings = [name for name in identifiers if values[name].strings is not None]
    chosen = row_id or next(iter(by_name + with_strings + identifiers), None)
    for name in identifiers:
        if name != chosen:
            roles[name] = LEFT_OUT, roles[name][1]
    return roles


def duplicated_column(frame, name):
    """The column that this one duplicates in both name and values, or None."""
    numbered = re.fullmatch(r"(.+) \(\d+\)", name)
    original = numbered and numbered[1]
    return original if original in frame and frame[original].equals(frame[name]) else None


def role_of(name, values):
    """Decide the role of a column from its name and values.

    Parameters
    ----------
    name : str
    values : Values
        From `dkm.tables.column_values.read`.

    Returns
    -------
    role : {"numbers", "categories", "row names", "left out"}
        "row names" is an identifier: its values are unique and say nothing about groups.
    reason : str
    """
    missing = values.missing
    n_rows, n_missing = len(missing), np.count_nonzero(missing)
    if n_missing == n_rows:
        return LEFT_OUT, "no values"
    if n_missing > n_rows / 2:
        return LEFT_OUT, f"{n_missing} of {n_rows} values are missing"
    if values.declared == "dates":
        return LEFT_OUT, "dates or times"
    if values.declared == "other":
        return LEFT_OUT, "neither numbers nor text"
    if values.numbers is not None:
        return role_of_numbers(name, values.numbers[~missing])
    return role_of_strings(pc.drop_null(values.strings), values.declared)


def role_of_numbers(name, numbers):
    """Decide the role of a numeric column from the values that are not missing, shape (m,)."""
    low, high = numbers.min(), numbers.max()
    if len(numbers) > 1 and high - low <= CONSTANT_TOLERANCE * max(abs(low), abs(high)):
        return LEFT_OUT, f"the same value in all rows: {numbers[0]:.6g}"
    if not (numbers == np.rint(numbers)).all():
        return NUMBERS, ""
    if are_dates(name, numbers):
        return LEFT_OUT, "dates or times written as numbers"
    if len(numbers) >= 5 and (np.diff(numbers) == 1).all():
        return ROW_NAMES, "row numbers: consecutive integers in row order"
    n_distinct = len(np.unique(numbers))
    if n_distinct == len(numbers) > 1:
        if is_id_name(name) or name.strip(" .:").casefold() in _INDEX_NAMES:
            return ROW_NAMES, "unique integers in a column named like an identifier"
        if n_distinct >= 20 and high - low == n_distinct - 1:
            return ROW_NAMES, f"each integer from {low:.0f} to {high:.0f} exactly once"
    elif is_id_name(name):
        if n_distinct <= max_categories(len(numbers)):
            return CATEGORIES, "the column name says that the numbers are codes"
        return (
            LEFT_OUT,
            f"the column name says that the numbers are codes, but {n_distinct} are too many",
        )
    return NUMBERS, ""


def role_of_strings(strings, declared):
    """Decide the role of a column of strings from the values that are not missing."""
    if mostly_match(strings, _DATE):
        return LEFT_OUT, "dates or times"
    n_distinct, n_present = len(pc.unique(category_keys(pc.unique(strings)))), len(strings)
    if n_distinct == 1 and n_present > 1:
        return LEFT_OUT, "the same value in all rows"
    free_text = pc.mean(pc.utf8_length(strings)).as_py() > FREE_TEXT_LENGTH
    if n_distinct == n_present and not declared:
        if free_text:
            return LEFT_OUT, "free text: a different value in each row"
        return ROW_NAMES, "identifiers: a different value in each row"
    if n_distinct > (MAX_CATEGORIES if declared else max_categories(n_present)):
        counts = f"{n_distinct} different values in {n_present} rows"
        return LEFT_OUT, f"free text: {counts}" if free_text else f"too many categories: {counts}"
    return CATEGORIES, ""


def max_categories(n_present):
    """Largest number of categories accepted for so many values: two rows each on average."""
    return min(MAX_CATEGORIES, max(2, n_present // 2))


def category_keys(strings):
    """Keys that are equal for strings that differ only in case, whitespace or Unicode form."""
    normalized = pc.utf8_normalize(strings, "NFC")
    return pc.utf8_lower(pc.replace_substring_regex(normalized, r"\s+", " "))


def mostly_match(strings, pattern):
    """Whether at least 90 % of the strings match; of a long column, a few hundred are checked."""
    sample = strings.take(pa.array(range(0, len(strings), len(strings) // 500 + 1)))
    return pc.mean(pc.cast(pc.match_substring_regex(sample, pattern), pa.int8())).as_py() >= 0.9


def are_dates(name, numbers):
    """Whether integers are dates such as 20251231, or by the column name Unix timestamps."""
    low, high = numbers.min(), numbers.max()
    if low >= 19000101 and high <= 21001231:
        month, day = numbers // 100 % 100, numbers % 100
        return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())
    year_2100 = (date(2100, 1, 1) - date(1970, 1, 1)).days * 86400
    in_range = any(1e8 * unit <= low and high <= year_2100 * unit for unit in (1, 1000))
    return in_range and bool(_DATE_WORDS & set(split_name(name)) or name.endswith("_at"))


def is_id_name(name):
    """Whether a column name begins or ends with a word such as id or code."""
    parts = split_name(name)
    return bool(_ID_WORDS & {parts[0], parts[-1]})


def split_name(name):
    """Split a column name into lower-case words: customerID and Customer-Id give customer, id."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [part.casefold() for part in re.findall(r"[^\W_]+", spaced)] or [name.strip()]
