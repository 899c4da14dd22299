"""Describe in words what was found in a table and what was done with each column."""

import numpy as np
import pyarrow.compute as pc

from dkm.tables import column_roles


def summarize(columns, n_rows):
    """Sentences on which columns are used, left out or have missing values.

    Parameters
    ----------
    columns : tuple of dkm.tables.dataset.Column
    n_rows : int

    Returns
    -------
    list of str
    """
    by_role = {}
    for column in columns:
        by_role.setdefault(column.used_as, []).append(column)
    used = (column_roles.NUMBERS, column_roles.CATEGORIES)
    n_used = sum(len(by_role.get(role, [])) for role in used)
    notes = [f"Columns used: {n_used} of {len(columns)}."]
    if n_rows == 1:
        notes.append("The table has only one row: there is nothing to compare it with.")
    for role in (column_roles.LEFT_OUT, column_roles.ROW_NAMES):
        if role in by_role:
            listed = shorten([f"'{column.name}' ({column.why})" for column in by_role[role]])
            notes.append(f"{role.capitalize()}: {listed}.")
    for role, treatment in (
        (column_roles.NUMBERS, "replaced by the median of the column"),
        (column_roles.CATEGORIES, "treated as a category of their own"),
        (column_roles.CLASSES, "these rows have no class"),
    ):
        missing = [f"'{c.name}' {c.missing}" for c in by_role.get(role, []) if c.missing]
        if missing:
            notes.append(f"Missing {role}, {treatment}: {shorten(missing)}.")
    return notes


def describe_numbers(values, median):
    """The range, median and notation of a numeric column, and issues with its values.

    Parameters
    ----------
    values : dkm.tables.column_values.Values
    median : float
    """
    low, high = np.nanmin(values.numbers), np.nanmax(values.numbers)
    summary = f"{low:.6g} to {high:.6g}, median {median:.6g}"
    return "; ".join([summary, *values.number_format, *values.issues])


def describe_categories(strings, categories):
    """The categories of a column, and how many spellings were merged into them.

    Parameters
    ----------
    strings : pyarrow.LargeStringArray
        Null where missing.
    categories : tuple of str
        Without the category for missing values.
    """
    n_spellings = len(pc.unique(pc.drop_null(strings)))
    merged = n_spellings > len(categories)
    spellings = f"; merged from {n_spellings} spellings, ignoring case and spaces" if merged else ""
    return f"{len(categories)} categories: {shorten(categories, 6)}{spellings}"


def dropped_rows(kept):
    """A list with a sentence on the rows that were left out, empty if all are `kept`."""
    n_dropped = np.count_nonzero(~kept)
    if not n_dropped:
        return []
    return [f"Rows left out because they have no value in any column used: {n_dropped}."]


def shorten(names, n_shown=12):
    """Join names by commas and count those after the first `n_shown`: a, b and 3 others."""
    n_others = len(names) - n_shown
    return ", ".join(names[:n_shown]) + (f" and {n_others} others" if n_others > 0 else "")
