"""The table of results, and the label files next to it."""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np

from dkm._util.files import write_atomically


def read(folder):
    """The existing rows, by method, data set and seed."""
    path = Path(folder, "study.csv")
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {
            (row["method"], row["dataset"], int(row["seed"])): row for row in csv.DictReader(file)
        }


def add(folder, row, labels):
    """Write the labels, then the table with this row. Each file is written atomically."""
    file = BytesIO()
    np.savez_compressed(file, labels=labels.astype(np.min_scalar_type(labels.max())))
    name = f"{row['dataset']}-{row['method']}-{row['seed']}.npz"
    write_atomically(Path(folder, "labels", name), file.getvalue())
    add_rows(Path(folder, "study.csv"), ("method", "dataset", "seed"), [row])


def add_rows(path, keys, rows):
    """Add rows to a table, replacing those with the same values in the columns `keys`."""
    there = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            there = {_key(row, keys): row for row in csv.DictReader(file)}
    there |= {_key(row, keys): row for row in rows}
    text = StringIO()
    # Columns missing from older rows stay empty.
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(there[key] for key in sorted(there))
    write_atomically(path, text.getvalue())


def _key(row, keys):
    texts = (str(row[key]) for key in keys)
    return tuple(int(text) if text.isdigit() else text for text in texts)


def results_folder():
    """The folder reports/results of the clone that contains the working directory."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "reports" / "results").is_dir() and (folder / "dkm").is_dir():
            return folder / "reports" / "results"
    raise SystemExit(
        "No reports/results in this folder or above. Run this in a clone, or give --results."
    )
