"""Read delimited text files; encoding, delimiter, header and decimal mark are detected.

PyArrow parses. Why not csv.Sniffer for the detection: it gives up on a single column with decimal
commas, and knows neither decimal marks nor encodings (tests/science/test_readers.py).
"""

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

# In the order in which they are tried: a comma may also be a decimal mark, so it comes last.
DELIMITERS = {"\t": "tabs", ";": "';'", "|": "'|'", ",": "','"}
SAMPLE_SIZE = 100_000  # bytes at the beginning from which the format is detected
BLOCK_SIZE = 1 << 24  # bytes that the fast parser takes at a time; it rejects longer lines

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
# Numbers in which the comma, or the point, can only be the decimal mark.
_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+)")
_POINT = re.compile(r"[+-]?(\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}(,\d{3})+\.\d+)")


def read(path):
    """Read a delimited text file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    frame : pandas.DataFrame
        All columns as strings, unchanged from the file.
    notes : list of str
        What was detected, in sentences.
    decimal : {".", ","}
        Decimal mark for numbers that are ambiguous.

    Raises
    ------
    DataError
        If the file is not such a table.
    """
    data, notes = encodings.decode(path.read_bytes(), path.name)
    data = data.strip(b"\r\n")
    sample = head(data)
    delimiter = detect_delimiter(sample)
    records = read_records(sample, delimiter)
    if not records:
        raise DataError(f"{path.name} is empty. It needs a header and at least one row.")
    header = detect_header(records)
    width = max(len(record) for record in records[:2])
    table, parse_notes = parse(data, delimiter, width, path.name)
    table = table.slice(0 if header is None else 1)
    if not table.num_rows:
        raise DataError(f"{path.name} has a header but no rows. Add rows, or export it again.")
    if header is not None and len(header) < width - 1:
        raise DataError(
            f"{path.name}: the first line has {len(header)} fields, but the second has {width}. "
            "Delete any lines above the header."
        )
    names, name_notes = name_columns(header, table)
    if not names:
        raise DataError(f"{path.name} has no values. It needs a header and at least one row.")
    frame = table.rename_columns([str(i) for i in range(width)]).to_pandas(
        types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get
    )
    frame = frame[[str(i) for i in names]].set_axis(list(names.values()), axis=1)
    if width > 1:
        notes.append(f"Columns are separated by {DELIMITERS[delimiter]}.")
    return frame, [*notes, *name_notes, *parse_notes], detect_decimal(records, delimiter)


def head(data):
    """The first lines, decoded: as many as fit into the sample, but at least three."""
    third_end = 0
    for _ in range(3):
        third_end = data.find(b"\n", third_end) + 1 or len(data)
    last_end = data.rfind(b"\n", 0, SAMPLE_SIZE) + 1
    return data[: len(data) if len(data) <= SAMPLE_SIZE else max(third_end, last_end)].decode()


def read_records(text, delimiter):
    """The lines of a sample as lists of fields, without empty lines."""
    records = []
    with suppress(csv.Error):  # such as an unclosed quote: parsing the whole file reports it
        records += (
            row for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter) if row
        )
    return records


def detect_delimiter(sample):
    """The first delimiter that gives 90 % of the lines the same number of fields, above 1.

    If no delimiter does, the one that comes closest; a comma if most lines are a single field.
    """
    if is_single_column(sample):
        return ";"
    best, best_share = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(record) for record in read_records(sample, delimiter)]
        usual = max(set(widths), key=widths.count, default=1)
        share = widths.count(usual) / max(len(widths), 1)
        if usual > 1 and share >= 0.9:
            return delimiter
        if usual > 1 and share > best_share:
            best, best_share = delimiter, share
    return best


def is_single_column(sample):
    """Whether the sample is one name above numbers whose commas are all decimal marks."""
    name, *lines = sample.splitlines() or [""]
    with_comma = [line for line in lines if "," in line]
    return (
        not set(name) & set(DELIMITERS)
        and bool(with_comma)
        and all(re.fullmatch(r" *[+-]?[\d.]+,\d+ *", line) for line in with_comma)
    )


def detect_header(records):
    """The fields of the first line if they are column names, or None if they are values.

    A line that contains numbers is a header only if the numbers increase in equal whole steps, or
    if there is a single one that may be a year.
    """
    first = [" ".join(field.split()) for field in records[0]]
    numbers = [float(f.replace(",", ".")) for f in first if _NUMBER.fullmatch(f)]
    steps = np.unique(np.diff(numbers))
    one_year = len(numbers) == 1 and 1800 <= numbers[0] <= 2200
    even_steps = len(steps) == 1 and steps[0] > 0 and float(steps[0]).is_integer()
    return first if not numbers or one_year or even_steps else None


def detect_decimal(records, delimiter):
    """The decimal mark that more of the unambiguous numbers have."""
    fields = [field.strip() for record in records[1:] for field in record]
    n_commas = sum(bool(_COMMA.fullmatch(field)) for field in fields)
    n_points = sum(bool(_POINT.fullmatch(field)) for field in fields)
    if n_commas == n_points:
        return "," if delimiter == ";" else "."
    return "," if n_commas > n_points else "."


def parse(data, delimiter, width, name):
    """Parse all lines.

    Parameters
    ----------
    data : bytes
        In UTF-8.
    delimiter : str
    width : int
        Number of columns.
    name : str
        Name of the file, for errors.

    Returns
    -------
    table : pyarrow.Table
        All columns as strings, named "0", "1", and so on.
    notes : list of str
        How many lines have too few fields.
    """
    names = [str(i) for i in range(width)]
    # An odd number of quotes may mean an unclosed quote, which the fast parser does not report.
    if data.count(b'"') % 2 == 0 and width > 1:
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK_SIZE),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=b'"' in data
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string())
                ),
            )
        except pa.ArrowInvalid:  # the slow parser reports what is wrong, and in which line
            pass
        else:
            return table, []
    return parse_slowly(data, delimiter, width, name)


def parse_slowly(data, delimiter, width, name):
    """Parse as `parse` does, but line by line: short lines are filled with missing values."""
    text = TextIOWrapper(BytesIO(data), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    rows, n_short = [], 0
    try:
        for row in reader:
            if len(row) > width and any(row[width:]):
                raise DataError(
                    f"{name}, line {reader.line_num}: {len(row)} fields, but the first lines have "
                    f"{width}. Enclose fields that contain {DELIMITERS[delimiter]} in double "
                    "quotes, and delete any lines above the header."
                )
            if row or width == 1:
                n_short += len(row) < width
                rows.append((row + [""] * (width - len(row)))[:width])
    except csv.Error as error:
        raise DataError(
            f"{name}, line {reader.line_num}: {error}. A double quote is not closed, or the file "
            "is truncated. Export it again."
        ) from None
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    notes = [f"Lines with too few fields, filled with missing values: {n_short}."] * bool(n_short)
    return pa.table(columns, names=[str(i) for i in range(width)]), notes


def name_columns(header, table):
    """Choose a unique name for each column.

    Parameters
    ----------
    header : list of str, or None
    table : pyarrow.Table
        The rows below the header.

    Returns
    -------
    names : dict of int to str
        By the index of the column, without columns that have neither name nor values.
    notes : list of str
    """
    width, notes = table.num_columns, []
    if header is None:
        notes.append("The file has no header: the columns are numbered.")
        return {i: f"column {i + 1}" for i in range(width)}, notes
    if len(header) == width - 1:  # R leaves out the name of the row names; or lines end in a comma
        header = [*header, ""] if is_blank(table.column(width - 1)) else ["", *header]
    if all(_NUMBER.fullmatch(name) for name in header):
        notes.append("The first line is used as the header, although it contains only numbers.")
    blank = {i for i, name in enumerate(header) if not name and is_blank(table.column(i))}
    if blank:
        notes.append(f"Columns without a name or values left out: {len(blank)}.")
    named = [(i, name or f"column {i + 1}") for i, name in enumerate(header) if i not in blank]
    names = dict(zip([i for i, _ in named], make_unique([name for _, name in named]), strict=True))
    notes += [
        f"The column name '{name}' is repeated: the later column is called '{names[i]}' here."
        for i, name in named
        if names[i] != name
    ]
    return names, notes


def make_unique(names):
    """The names, with a number appended to those that are repeated: price, price (2)."""
    unique, counts = {}, Counter()
    for name in names:
        new = name
        while new in unique:
            counts[name] += 1
            new = f"{name} ({counts[name] + 1})"
        unique[new] = None
    return list(unique)


def is_blank(column):
    """Whether all fields of a column are blank."""
    return not any(field.strip() for chunk in column.chunks for field in chunk.to_pylist())
