"""Load a user's own table as points: read it, assign a role to each column, encode the columns."""

from pathlib import Path

import numpy as np

from dkm._util.checks import suggest
from dkm.tables import column_roles, column_values, memory, readers, recipes, reporting
from dkm.tables.dataset import Column, DataError, Dataset
from dkm.tables.recipes import Category, Number, Recipe
from dkm.tables.reporting import shorten

__all__ = ["Recipe", "load", "read_new"]

MAX_CLASSES = 50  # for strings and whole numbers, half the number of rows if that is more
STANDARDISED = (
    "numbers: (value - mean) / standard deviation; categories: (1 or 0, minus the share of rows in "
    "the category) / sqrt(1 - sum of squared shares). So each column of the file has mean 0 and "
    "total variance 1"
)
NOT_STANDARDISED = "numbers as in the file; categories as 1 or 0"


def load(path, *, label=None, row_id=None, leave_out=(), standardize=True):
    """Load a file as points; parameters and supported formats as in `dkm.datasets.load`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the file cannot be read, a named column does not exist, or no column can be used for
        clustering.
    """
    name, table = Path(path).name, readers.read(path)
    leave_out = [leave_out] if isinstance(leave_out, str) else list(leave_out)
    check_columns_exist(name, table.frame, label=label, row_id=row_id, leave_out=leave_out)
    label = table.label if label is None else label
    values = {each: column_values.read(table.frame[each], table.decimal) for each in table.frame}
    kept = has_any_value(values.values())
    if not kept.any():
        raise DataError(f"{name} has no values: all fields of its {len(kept)} rows are empty.")
    values = {each: value.select(kept) for each, value in values.items()}
    roles = column_roles.assign_roles(table.frame, values, label, row_id, leave_out)
    used = [
        each
        for each, (role, _) in roles.items()
        if role in (column_roles.NUMBERS, column_roles.CATEGORIES)
    ]
    if not used:
        reasons = shorten([f"'{each}': {reason}" for each, (_, reason) in roles.items()])
        raise DataError(f"{name} has no column that can be used for clustering. {reasons}.")
    has_used_value = has_any_value([values[each] for each in used])
    kept[kept] = has_used_value
    values = {each: value.select(has_used_value) for each, value in values.items()}
    frame = table.frame if kept.all() else table.frame[kept]
    return build(name, table._replace(frame=frame), kept, values, roles, label, standardize)


def read_new(path, recipe):
    """Encode another file that has the same columns.

    Parameters
    ----------
    path : str or path-like
    recipe : Recipe
        Of the first table.

    Returns
    -------
    X : ndarray, shape (n, d), float64
        Without rows that have no value in any column used.
    row_names : ndarray of str, shape (n,), or None
    rows : ndarray of int, shape (n,)
        Number of each row in the file, starting at 1.
    notes : tuple of str

    Raises
    ------
    DataError
        If the file cannot be read or columns are missing.
    """
    name, table = Path(path).name, readers.read(path)
    try:
        recipe.check(table.frame)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    kept = has_any_value([column_values.read(table.frame[each.name]) for each in recipe.columns])
    if not kept.any():
        raise DataError(f"{name} has no value in any column used, in {len(kept)} rows.")
    frame = table.frame[kept]
    X, notes = recipe.apply(frame)
    rows = np.flatnonzero(kept) + 1
    row_names = None
    if recipe.row_id in frame:
        row_names = read_row_names(frame[recipe.row_id], rows)
    return X, row_names, rows, (*table.notes, *reporting.dropped_rows(kept), *notes)


def check_columns_exist(file, frame, label, row_id, leave_out):
    """Raise unless every column named in the parameters exists."""
    columns = [str(each) for each in frame.columns]
    for parameter, name in [
        ("label", label),
        ("row_id", row_id),
        *(("leave_out", each) for each in leave_out),
    ]:
        if name is not None and name not in columns:
            hint = suggest(name, columns[:40]) + (" ..." if len(columns) > 40 else "")
            raise DataError(
                f"{parameter}={name!r}, but {file} has no such column. "
                f"{hint.replace('Choose from:', 'Columns:')}"
            )


def has_any_value(values):
    """Whether each row has a value in any of the columns: a Boolean ndarray, shape (n,)."""
    present = False
    for each in values:
        present = present | ~each.missing
    return present


def build(file, table, kept, values, roles, label, standardize):
    """Encode the columns according to their roles.

    Parameters
    ----------
    file : str
        Name of the file.
    table : dkm.tables.readers.Table
        With the rows that are kept.
    kept : ndarray of bool
        Mask of these rows in the file.
    values : dict of str to dkm.tables.column_values.Values
        The same rows, parsed, by the name of the column.
    roles : dict of str to (role, reason)
        From `dkm.tables.column_roles.assign_roles`.
    label : str or None
    standardize : bool

    Returns
    -------
    Dataset
    """
    frame, rows = table.frame, np.flatnonzero(kept) + 1
    encoders, contents, details = learn_columns(frame, values, roles, standardize)
    row_id = next(
        (name for name, (role, _) in roles.items() if role == column_roles.ROW_NAMES), None
    )
    others = tuple(name for name in roles if name not in contents and name != row_id)
    recipe = Recipe(tuple(encoders), row_id, others)
    n, d = len(frame), len(recipe.feature_names)
    memory.check_size(file, n * d * 8)
    X, _ = recipe.encode(contents, n)
    y, classes = None, ()
    if label is not None:
        y, classes = encode_classes(frame[label], values[label], label)
        details[label] = f"{len(classes)} classes: {shorten(classes, 6)}"
    columns = tuple(
        Column(name, role, "; ".join(filter(None, (reason, details.get(name)))), value.n_missing)
        for (name, (role, reason)), value in zip(roles.items(), values.values(), strict=True)
    )
    notes = [*table.notes, *reporting.dropped_rows(kept), *reporting.summarize(columns, n)]
    return Dataset(
        name=file,
        X=X,
        y=y,
        feature_names=recipe.feature_names,
        target_names=classes,
        image_shape=None,
        value_range=STANDARDISED if standardize else NOT_STANDARDISED,
        source=f"the file {file}",
        licence="not stated in the file",
        notes=" ".join(notes),
        rows=rows,
        row_names=None if row_id is None else read_row_names(frame[row_id], rows),
        columns=columns,
        recipe=recipe,
    )


def learn_columns(frame, values, roles, standardize):
    """Learn how to encode the columns that are used; parameters as in `build`.

    Returns
    -------
    encoders : list of Number or Category
    contents : dict of str to Values or pyarrow.LargeStringArray
        What each of these columns contains, as `Recipe.encode` needs it.
    details : dict of str to str
        A description of what each of them contains.
    """
    encoders, contents, details = [], {}, {}
    for name, (role, _) in roles.items():
        if role == column_roles.NUMBERS:
            contents[name] = values[name]
            encoders.append(Number.learn(name, values[name], standardize))
            details[name] = reporting.describe_numbers(values[name], encoders[-1].median)
        elif role == column_roles.CATEGORIES:
            contents[name] = column_values.read_strings(frame[name])
            encoders.append(Category.learn(name, contents[name], standardize))
            details[name] = reporting.describe_categories(contents[name], encoders[-1].observed)
    return encoders, contents, details


def encode_classes(series, values, label):
    """The class of each row as an integer, -1 where it is missing, and the class names."""
    classes, y = recipes.encode_categories(column_values.read_strings(series))
    n_present = np.count_nonzero(y >= 0)
    if not n_present:
        raise DataError(f"label={label!r}, but that column has no values. Choose another one.")
    fractional = values.numbers is not None and (values.numbers % 1 > 0).any()
    if len(classes) > (MAX_CLASSES if fractional else max(MAX_CLASSES, n_present / 2)):
        raise DataError(
            f"label={label!r} has {len(classes)} different values in {n_present} rows, too many "
            f"for classes. Choose a column of classes, or leave this one out: "
            f"leave_out=[{label!r}]."
        )
    return y, tuple(classes)


def read_row_names(series, rows):
    """The names of the rows as an ndarray of str; a row without a name is named by its number."""
    strings = column_values.read_strings(series)
    names = strings.to_numpy(zero_copy_only=False)
    missing = strings.is_null().to_numpy(zero_copy_only=False)
    names[missing] = [f"row {row}" for row in rows[missing]]
    return names.astype(str)
