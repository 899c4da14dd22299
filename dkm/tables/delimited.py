"""Tables in text files: encoding, separator, header and decimal mark are found out."""

import csv
import re
from collections import Counter
from contextlib import suppress
from io import BytesIO, StringIO, TextIOWrapper

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from dkm.tables import encodings
from dkm.tables.dataset import DataError

SEPARATORS = {"\t": "tabs", ";": "';'", "|": "'|'", ",": "','"}  # a comma may be a decimal mark
SAMPLE = 100_000  # letters of the beginning from which the form is found out
BLOCK = 1 << 24  # bytes that are parsed at once; no line may be longer

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+)")
_POINT = re.compile(r"[+-]?(\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}(,\d{3})+\.\d+)")


def read(path):
    """A text file as a table of text.

    Parameters
    ----------
    path : Path

    Returns
    -------
    frame : pandas.DataFrame
        All columns are strings, as they stand in the file.
    notes : list of str
        What was found out, in sentences.
    decimal : {".", ","}
        The decimal mark where a number itself leaves it open.

    Raises
    ------
    DataError
        If it is no such table.
    """
    data, notes = encodings.decode(path.read_bytes(), path.name)
    data = data.strip(b"\r\n")
    sample = beginning(data)
    separator = find_separator(sample)
    records = read_records(sample, separator)
    if not records:
        raise DataError(f"{path.name} is empty. It needs a line of column names and a row.")
    header = find_header(records)
    width = max(len(record) for record in records[:2])
    table, ragged = parse(data, separator, width, path.name)
    table = table.slice(0 if header is None else 1)
    if not table.num_rows:
        raise DataError(
            f"{path.name} has column names but no rows. Add the rows, or export it again."
        )
    if header is not None and len(header) < width - 1:
        raise DataError(
            f"{path.name}: its first line has {len(header)} fields, the next one {width}. Delete "
            "lines above the column names."
        )
    names, said = name_columns(header, table)
    if not names:
        raise DataError(f"{path.name} has no values. It needs a line of column names and a row.")
    frame = table.rename_columns([str(i) for i in range(width)]).to_pandas(
        types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get
    )
    frame = frame[[str(i) for i in names]].set_axis(list(names.values()), axis=1)
    separated = f"Its columns are separated by {SEPARATORS[separator]}." if width > 1 else ""
    notes += [separated, *said, *ragged]
    return frame, [note for note in notes if note], find_decimal(records, separator)


def beginning(data):
    """The first lines, as text: as many as fit into the sample, but at least three."""
    third = 0
    for _ in range(3):
        third = data.find(b"\n", third) + 1 or len(data)
    last = data.rfind(b"\n", 0, SAMPLE) + 1
    return data[: len(data) if len(data) <= SAMPLE else max(third, last)].decode()


def read_records(text, separator):
    """The lines of a sample as lists of fields; empty lines are left out."""
    records = []
    with suppress(csv.Error):  # a field that never ends; reading the whole file will tell
        records += (
            row for row in csv.reader(StringIO(text, newline=""), delimiter=separator) if row
        )
    return records


def find_separator(sample):
    """What stands between the fields: the first that gives nine of ten lines one width above 1."""
    if is_one_column(sample):
        return ";"
    best, most = ",", 0.0
    for separator in SEPARATORS:
        widths = [len(record) for record in read_records(sample, separator)]
        usual = max(set(widths), key=widths.count, default=1)
        share = widths.count(usual) / max(len(widths), 1)
        if usual > 1 and share >= 0.9:
            return separator
        if usual > 1 and share > most:
            best, most = separator, share
    return best


def is_one_column(sample):
    """Whether this is one name above numbers with decimal commas, which separate nothing."""
    name, *lines = sample.splitlines() or [""]
    with_comma = [line for line in lines if "," in line]
    return (
        not set(name) & set(SEPARATORS)
        and bool(with_comma)
        and all(re.fullmatch(r" *[+-]?[\d.]+,\d+ *", line) for line in with_comma)
    )


def find_header(records):
    """The fields of the first line, or None if they are values: numbers no one would call columns.

    Names may be numbers where these go up evenly, as years do.
    """
    first = [" ".join(field.split()) for field in records[0]]
    numbers = [float(f.replace(",", ".")) for f in first if _NUMBER.fullmatch(f)]
    steps = np.unique(np.diff(numbers))
    alone = len(numbers) == 1 and 1800 <= numbers[0] <= 2200
    if not numbers or alone or (len(steps) == 1 and steps[0] > 0 and float(steps[0]).is_integer()):
        return first
    return None


def find_decimal(records, separator):
    """The decimal mark that more of the fields leave no doubt about."""
    fields = [field.strip() for record in records[1:] for field in record]
    commas = sum(bool(_COMMA.fullmatch(field)) for field in fields)
    points = sum(bool(_POINT.fullmatch(field)) for field in fields)
    if commas == points:
        return "," if separator == ";" else "."
    return "," if commas > points else "."


def parse(data, separator, width, name):
    """All lines as an Arrow table of strings, and notes on those that are too short."""
    names = [str(i) for i in range(width)]
    # An odd number of quotes may be one that is never closed, which the fast reader lets pass.
    if data.count(b'"') % 2 == 0 and width > 1:
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=separator, newlines_in_values=b'"' in data
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string())
                ),
            )
        except pa.ArrowInvalid:  # the slow reader can say what is wrong, and where
            pass
        else:
            return table, []
    return parse_slowly(data, separator, width, name)


def parse_slowly(data, separator, width, name):
    """The same for lines of any length; what a short one lacks is missing."""
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=separator, strict=True)
    rows, short = [], 0
    try:
        for row in reader:
            if len(row) > width and any(row[width:]):
                raise DataError(
                    f"{name}, line {reader.line_num}: {len(row)} fields, but the first lines have "
                    f"{width}. Put a text that holds {SEPARATORS[separator]} into double quotes, "
                    "and delete lines above the column names."
                )
            if row or width == 1:
                short += len(row) < width
                rows.append((row + [""] * (width - len(row)))[:width])
    except csv.Error as error:
        raise DataError(
            f"{name}, line {reader.line_num}: {error}. A double quote is not closed, or the file "
            "is cut off. Export it again."
        ) from None
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    said = [f"{short} lines are too short; what they lack is missing."] if short else []
    return pa.table(columns, names=[str(i) for i in range(width)]), said


def name_columns(header, table):
    """A name for each column that is kept, by its number, and notes on names made up here."""
    width, notes = table.num_columns, []
    if header is None:
        notes.append("It has no line of column names: the columns are numbered.")
        return {i: f"column {i + 1}" for i in range(width)}, notes
    if len(header) == width - 1:  # one name less than fields: as R writes it, or lines end so
        header = [*header, ""] if is_empty(table.column(width - 1)) else ["", *header]
    if all(_NUMBER.fullmatch(name) for name in header):
        notes.append("Its first line, though it holds numbers, is taken for the column names.")
    empty = {i for i, name in enumerate(header) if not name and is_empty(table.column(i))}
    if empty:
        notes.append(f"Columns without name and values are left out: {len(empty)}.")
    named = [(i, name or f"column {i + 1}") for i, name in enumerate(header) if i not in empty]
    names = dict(zip([i for i, _ in named], unique([name for _, name in named]), strict=True))
    notes += [
        f"The column name '{name}' occurs again: it is '{names[i]}' here."
        for i, name in named
        if names[i] != name
    ]
    return names, notes


def unique(names):
    """The names, with a number after those that came before: price, price (2)."""
    taken, times = {}, Counter()
    for name in names:
        new = name
        while new in taken:
            times[name] += 1
            new = f"{name} ({times[name] + 1})"
        taken[new] = None
    return list(taken)


def is_empty(column):
    """Whether all fields of a column are blank."""
    return not any(field.strip() for chunk in column.chunks for field in chunk.to_pylist())
