"""A person's own table as points: what each column is used as, and what is left out and why."""

import re
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from dkm._util.checks import suggest
from dkm.tables import column_roles, column_values, numpy_files, readers, recipes
from dkm.tables.dataset import Column, DataError, Dataset
from dkm.tables.recipes import Category, Number, Recipe, some

__all__ = ["Recipe", "load", "read_new"]

CLASSES = "classes"
MOST_CLASSES = 50  # different numbers with decimals, or one in two rows, are no classes
STANDARDISED = (
    "numbers: (value - mean) / standard deviation; categories: (1 or 0, less the share of rows "
    "that have it) / sqrt(1 - sum of squared shares). So each column of the file has mean 0 and "
    "variance 1"
)
AS_IN_FILE = "numbers as in the file; categories as 1 or 0"


def load(path, *, label=None, row_id=None, leave_out=(), standardize=True):
    """Points from a file; `dkm.datasets.load` says what is recognised.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the file cannot be read, has no column of a given name, or none to cluster by.
    """
    name, table = Path(path).name, readers.read(path)
    leave_out = [leave_out] if isinstance(leave_out, str) else list(leave_out)
    check_names(name, table.frame, label=label, row_id=row_id, leave_out=leave_out)
    label = table.label if label is None else label
    values = {each: column_values.read(table.frame[each], table.decimal) for each in table.frame}
    known = any_value(values.values())
    if not known.any():
        raise DataError(f"{name} has no values: all fields of its {len(known)} rows are empty.")
    values = {each: value.keep(known) for each, value in values.items()}
    uses = judge_all(table.frame, values, label, row_id, leave_out)
    used = [
        each
        for each, (use, _) in uses.items()
        if use in (column_roles.NUMBERS, column_roles.CATEGORIES)
    ]
    if not used:
        said = some([f"'{each}': {why}" for each, (_, why) in uses.items()])
        raise DataError(f"{name} has no column to cluster by. {said}.")
    also = any_value([values[each] for each in used])
    known[known] = also
    values = {each: value.keep(also) for each, value in values.items()}
    frame = table.frame if known.all() else table.frame[known]
    return build(name, table._replace(frame=frame), known, values, uses, label, standardize)


def read_new(path, recipe):
    """The points of another file with the same columns.

    Parameters
    ----------
    path : str or path-like
    recipe : Recipe
        Of the first table.

    Returns
    -------
    X : ndarray, shape (n, d), float64
        Without the rows that have no value in any column that is used.
    row_names : ndarray of str, shape (n,), or None
    rows : ndarray of int, shape (n,)
        Number of each row in the file, from 1.
    notes : tuple of str

    Raises
    ------
    DataError
        If the file cannot be read, or columns are missing.
    """
    name, table = Path(path).name, readers.read(path)
    try:
        recipe.check(table.frame)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    known = any_value([column_values.read(table.frame[each.name]) for each in recipe.columns])
    if not known.any():
        raise DataError(f"{name} has no value in any column that is used, in {len(known)} rows.")
    frame = table.frame[known]
    X, notes = recipe.apply(frame)
    rows = np.flatnonzero(known) + 1
    names = None
    if recipe.row_id in frame:
        names = name_rows(frame[recipe.row_id], rows)
    return X, names, rows, (*table.notes, *rows_left_out(known), *notes)


def check_names(file, frame, label, row_id, leave_out):
    """Raise unless all names that were given are columns."""
    have = [str(each) for each in frame.columns]
    for option, each in [
        ("label", label),
        ("row_id", row_id),
        *(("leave_out", o) for o in leave_out),
    ]:
        if each is not None and each not in have:
            close = suggest(each, have) if len(have) <= 40 else suggest(each, have[:40]) + " ..."
            raise DataError(
                f"{option}={each!r}, but {file} has no such column. "
                f"{close.replace('Known:', 'Columns:')}"
            )


def any_value(values):
    """Which rows have at least one value: a Boolean ndarray, shape (n,)."""
    known = False
    for each in values:
        known = known | ~each.missing
    return known


def judge_all(frame, values, label, row_id, leave_out):
    """What each column is used as and why: a dict from its name. One at most names the rows."""
    uses = {}
    for name, value in values.items():
        if name == label:
            uses[name] = CLASSES, "never part of the points"
        elif name == row_id:
            uses[name] = column_roles.NAMES, "as you asked"
        elif name in leave_out:
            uses[name] = column_roles.LEFT_OUT, "as you asked"
        elif (first := copied(frame, name)) is not None:
            uses[name] = column_roles.LEFT_OUT, f"the same values as '{first}'"
        else:
            uses[name] = column_roles.judge(name, value)
    naming = [name for name, (use, _) in uses.items() if use == column_roles.NAMES]
    by_name = [name for name in naming if column_roles.is_called_code(name)]
    in_words = [name for name in naming if values[name].words is not None]
    chosen = row_id or next(iter(by_name + in_words + naming), None)
    for name in naming:
        if name != chosen:
            uses[name] = column_roles.LEFT_OUT, uses[name][1]
    return uses


def copied(frame, name):
    """The column that this one repeats under the same name, if it does."""
    again = re.fullmatch(r"(.+) \(\d+\)", name)
    first = again and again[1]
    return first if first in frame and frame[first].equals(frame[name]) else None


def build(file, table, known, values, uses, label, standardize):
    """The Dataset, once it is clear what each column is used as."""
    frame, rows = table.frame, np.flatnonzero(known) + 1
    contents, made = {}, []
    for name, (use, _) in uses.items():
        if use == column_roles.NUMBERS:
            contents[name] = values[name]
            made.append(Number.learn(name, values[name], standardize))
        elif use == column_roles.CATEGORIES:
            contents[name] = column_values.read_words(frame[name])
            made.append(Category.learn(name, contents[name], standardize))
    naming = next((name for name, (use, _) in uses.items() if use == column_roles.NAMES), None)
    others = tuple(name for name in uses if name not in contents and name != naming)
    recipe = Recipe(tuple(made), naming, others)
    n, d = len(frame), len(recipe.feature_names)
    numpy_files.check_size(file, n * d * 8, readers.memory() // readers.SHARE)
    X, _ = recipe.encode(contents, n)
    y, classes = (None, ()) if label is None else find_classes(frame[label], values[label], label)
    found = {each.name: explain(each, contents[each.name]) for each in made}
    if label is not None:
        found[label] = f"{len(classes)} classes: {some(classes, 6)}"
    became = tuple(
        Column(name, use, "; ".join(filter(None, (why, found.get(name)))), values[name].n_missing)
        for name, (use, why) in uses.items()
    )
    return Dataset(
        name=file,
        X=X,
        y=y,
        feature_names=recipe.feature_names,
        target_names=classes,
        image_shape=None,
        value_range=STANDARDISED if standardize else AS_IN_FILE,
        source=f"the file {file}",
        licence="not stated in the file",
        notes=" ".join([*table.notes, *rows_left_out(known), *tell(became, n)]),
        rows=rows,
        row_names=None if naming is None else name_rows(frame[naming], rows),
        columns=became,
        recipe=recipe,
    )


def find_classes(series, values, label):
    """The class of each row, -1 where it has none, and the names of the classes."""
    classes, y = recipes.code(column_values.read_words(series))
    known = np.count_nonzero(y >= 0)
    if not known:
        raise DataError(f"label={label!r}, but that column has no values. Name another one.")
    fine = values.numbers is not None and (values.numbers % 1 > 0).any()
    if len(classes) > (MOST_CLASSES if fine else max(MOST_CLASSES, known / 2)):
        raise DataError(
            f"label={label!r} has {len(classes)} different values in {known} rows: these are no "
            f"classes. Name a column of classes, or leave it out: leave_out=[{label!r}]."
        )
    return y, tuple(classes)


def name_rows(series, rows):
    """What the rows are called; a row without a name by its number."""
    words = column_values.read_words(series)
    names = words.to_numpy(zero_copy_only=False)
    without = words.is_null().to_numpy(zero_copy_only=False)
    names[without] = [f"row {row}" for row in rows[without]]
    return names.astype(str)


def explain(column, content):
    """What was found in a column that is used."""
    if isinstance(column, Number):
        low, high = np.nanmin(content.numbers), np.nanmax(content.numbers)
        said = [f"{low:.6g} to {high:.6g}, median {column.median:.6g}"]
        return "; ".join([*said, *content.form, *content.slips])
    categories = [each for each in column.categories if each != recipes.NO_VALUE]
    spelled = len(pc.unique(pc.drop_null(content)))
    merged = f"; {spelled} spellings, case and spaces aside" if spelled > len(categories) else ""
    return f"{len(categories)} categories: {some(categories, 6)}{merged}"


def rows_left_out(known):
    """A sentence on rows without values, if there are any."""
    empty = np.count_nonzero(~known)
    return [f"Rows left out because no column that is used has a value: {empty}."] if empty else []


def tell(became, n):
    """Sentences on what became of the columns."""
    by_use = {}
    for column in became:
        by_use.setdefault(column.used_as, []).append(column)
    used = sum(len(by_use.get(use, [])) for use in (column_roles.NUMBERS, column_roles.CATEGORIES))
    said = [f"Columns that are used: {used} of {len(became)}."]
    if n == 1:
        said.append("It has one row only: there is nothing to compare it with.")
    for use in (column_roles.LEFT_OUT, column_roles.NAMES):
        if use in by_use:
            listed = some([f"'{column.name}' ({column.why})" for column in by_use[use]])
            said.append(f"{use.capitalize()}: {listed}.")
    for use, done in (
        (column_roles.NUMBERS, "filled with the median of the column"),
        (column_roles.CATEGORIES, "a category of their own"),
        (CLASSES, "rows without a class"),
    ):
        missing = [f"'{c.name}' {c.missing}" for c in by_use.get(use, []) if c.missing]
        if missing:
            said.append(f"Missing {use}, {done}: {some(missing)}.")
    return said
