"""What a column of a person's table is good for: numbers, categories, names of rows, or nothing."""

import re
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NUMBERS, CATEGORIES, NAMES, LEFT_OUT = "numbers", "categories", "row names", "left out"

MOST_CATEGORIES = 50
LONG = 40  # mean number of letters from which unique words are texts and no names
SAME = 1e-13  # relative to the largest: numbers that differ by less differ by rounding only

_DATE_NAMES = {"date", "time", "timestamp", "datetime", "created", "updated", "datum", "zeit"}
_CODE_NAMES = {"id", "ids", "uuid", "guid", "code", "key", "编号"}
_COUNT_NAMES = {
    "nr",
    "no",
    "index",
    "idx",
    "#",
    "序号",
}  # the whole name only: "pain index" is none

_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?"
_DATES = (
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?",  # 2025-12-31, 2025-12
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}",  # 31.12.2025, 12/31/2025
    r"\d{1,2}\.?[ -]\pL{3,9}\.?,?[ -]\d{4}",  # 31 December 2025, 31-Dec-2025
    r"\pL{3,9}\.? \d{1,2},? \d{4}",  # December 31, 2025
    r"\d{4}年\d{1,2}月(\d{1,2}日)?",
)
_DATE = rf"^(({'|'.join(_DATES)})([T ,]+{_TIME})?|{_TIME})$"


def judge(name, values):
    """What a column is used as, and why.

    Parameters
    ----------
    name : str
    values : Values
        From `dkm.tables.column_values.read`.

    Returns
    -------
    used_as : {"numbers", "categories", "row names", "left out"}
        "row names": each row has another value, so it says nothing about groups.
    why : str
    """
    missing = values.missing
    n, present = len(missing), int(np.count_nonzero(~missing))
    if not present:
        return LEFT_OUT, "no values"
    if missing.sum() > n / 2:
        return LEFT_OUT, f"{missing.sum()} of {n} values are missing"
    if values.declared == "dates":
        return LEFT_OUT, "dates or times"
    if values.declared == "other":
        return LEFT_OUT, "holds neither numbers nor words"
    if values.numbers is not None:
        return judge_numbers(name, values.numbers[~missing])
    return judge_words(pc.drop_null(values.words), values.declared)


def judge_numbers(name, numbers):
    """The same for numbers, shape (m,), none of them missing."""
    low, high = numbers.min(), numbers.max()
    if len(numbers) > 1 and high - low <= SAME * max(abs(low), abs(high)):
        return LEFT_OUT, f"the same in all rows: {numbers[0]:.6g}"
    if not (numbers == np.rint(numbers)).all():
        return NUMBERS, ""
    if are_dates(name, numbers):
        return LEFT_OUT, "dates or times, written as numbers"
    if len(numbers) >= 5 and (np.diff(numbers) == 1).all():
        return NAMES, "counts up by one from row to row"
    distinct = len(np.unique(numbers))
    if distinct == len(numbers) > 1:
        if is_called_code(name) or name.strip(" .:").casefold() in _COUNT_NAMES:
            return NAMES, "whole numbers, each once, and its name says that they are codes"
        if distinct >= 20 and high - low == distinct - 1:
            return NAMES, f"the numbers from {low:.0f} to {high:.0f}, each once"
    elif is_called_code(name):
        if distinct <= most_categories(len(numbers)):
            return CATEGORIES, "its name says that the numbers are codes"
        return LEFT_OUT, "its name says that the numbers are codes, and there are too many"
    return NUMBERS, ""


def judge_words(words, declared):
    """The same for words, none of them missing."""
    if is_mostly(words, _DATE):
        return LEFT_OUT, "dates or times"
    distinct, present = len(pc.unique(keys(pc.unique(words)))), len(words)
    if distinct == 1 and present > 1:
        return LEFT_OUT, "the same in all rows"
    long = pc.mean(pc.utf8_length(words)).as_py() > LONG
    if distinct == present and not declared:
        if long:
            return LEFT_OUT, "text: a different one in each row"
        return NAMES, "names or codes: a different one in each row"
    if distinct > (MOST_CATEGORIES if declared else most_categories(present)):
        what = "text" if long else "words"
        return LEFT_OUT, f"{what}: {distinct} different ones in {present} rows are no categories"
    return CATEGORIES, ""


def most_categories(present):
    """Of so many values, at most this many different ones are categories: two rows for each."""
    return min(MOST_CATEGORIES, max(2, present // 2))


def keys(words):
    """What makes two words the same category: case, spaces and the form of accents do not."""
    plain = pc.utf8_normalize(words, "NFC")
    return pc.utf8_lower(pc.replace_substring_regex(plain, r"\s+", " "))


def is_mostly(words, pattern):
    """Whether at least nine of ten words match a pattern; of many, some hundreds are looked at."""
    some = words.take(pa.array(range(0, len(words), len(words) // 500 + 1)))
    return pc.mean(pc.cast(pc.match_substring_regex(some, pattern), pa.int8())).as_py() >= 0.9


def are_dates(name, numbers):
    """Whether whole numbers are dates as in 20251231, or seconds since 1970 by their name."""
    low, high = numbers.min(), numbers.max()
    if low >= 19000101 and high <= 21001231:
        month, day = numbers // 100 % 100, numbers % 100
        return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())
    year_2100 = (date(2100, 1, 1) - date(1970, 1, 1)).days * 86400
    seconds = any(1e8 * unit <= low and high <= year_2100 * unit for unit in (1, 1000))
    return seconds and bool(_DATE_NAMES & set(tokens(name)) or name.endswith("_at"))


def is_called_code(name):
    """Whether a name begins or ends with a word such as id or code."""
    said = tokens(name)
    return bool(_CODE_NAMES & {said[0], said[-1]})


def tokens(name):
    """The words of a name: customerID and Customer-Id give customer, id."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word.casefold() for word in re.findall(r"[^\W_]+", split)] or [name.strip()]
