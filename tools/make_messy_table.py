"""Write the sample table of the notebook your_data: fictitious cafés, in a deliberately messy file.

The table has three planted groups of cafés and common data problems: a legacy encoding, decimal
commas, units, dates, free text, several spellings of "missing", words in numeric columns, a
duplicated column name, constant and nearly empty columns, and an empty row.

python -m tools.make_messy_table
"""

import csv
import io
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[1] / "notebooks" / "data" / "cafes.csv"
SEED = 20
TYPES = ("kiosk", "coffee house", "bistro")
# Mean and standard deviation of each group, in the order of TYPES.
NUMBERS = {
    "seats": ((10, 24, 60), (3, 6, 11)),
    "coffee price": ((2.2, 3.0, 4.0), (0.2, 0.25, 0.35)),
    "minutes per visit": ((9, 75, 45), (3, 13, 10)),
    "guests per day": ((1300, 450, 900), (220, 110, 160)),
    "takeaway": ((74, 45, 10), (8, 9, 4)),
    "rating": ((3.7, 4.6, 3.9), (0.3, 0.2, 0.3)),
    "rating last year": ((3.7, 4.5, 3.9), (0.35, 0.25, 0.35)),
}
DISTRICTS = ("Harbour", "Old Town", "Südstadt", "University")
KINDS = {
    "district": (DISTRICTS, ((4, 2, 1, 3), (1, 2, 3, 4), (2, 5, 3, 1))),
    "music": (("quiet", "radio", "live"), ((2, 8, 0), (8, 2, 0), (1, 3, 6))),
    "wifi": (("yes", "no"), ((1, 9), (9, 1), (5, 5))),
}
NOTES = (
    "Nice place; crowded at {} o'clock",
    'They call it "the living room", table {} is the best',
    "Größer than it looks\nsecond floor closed, seen {} times",
    "Cash only, paid {} € for two",
    "Crème brûlée for {} €",
)
HEADER = [
    *("id", "opened", "district", "seats", "coffee price", "minutes per visit"),
    *("guests per day", "takeaway", "rating", "rating", "music", "wifi", "currency"),
    *("inspection", "note", "type"),
]


def plant(rng, n):
    """Draw the group of each row: two fifths are 0, a third is 1, and the rest is 2."""
    return rng.permutation(np.repeat([0, 1, 2], [2 * n // 5, n // 3, n - 2 * n // 5 - n // 3]))


def make(n=300):
    """Generate the rows of the table, as text."""
    rng = np.random.default_rng(SEED)
    group = plant(rng, n)
    values = {
        name: np.maximum(rng.normal(np.take(mean, group), np.take(sd, group)), np.min(mean) / 3)
        for name, (mean, sd) in NUMBERS.items()
    }
    for name, (words, weights) in KINDS.items():
        chances = np.array(weights, dtype=float)[group]
        chances /= chances.sum(axis=1, keepdims=True)
        values[name] = [rng.choice(words, p=chance) for chance in chances]
    noisy_group = np.where(rng.random(n) < 0.85, group, rng.integers(0, 3, n))
    values["type"] = [TYPES[i] for i in noisy_group]
    return [write_row(i, {name: each[i] for name, each in values.items()}, rng) for i in range(n)]


def write_row(i, row, rng):
    """Format one café as text, with the inconsistencies of manual data entry."""
    day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(1995, 2026)
    euro = " €" if rng.random() < 0.9 else ""
    cells = [
        f"C{4 * i + 1017}",
        f"{day:02}.{month:02}.{year}",
        row["district"].upper() if rng.random() < 0.05 else row["district"],
        "approx. 20" if rng.random() < 0.02 else f"{row['seats']:.0f}",
        f"{row['coffee price']:.2f}{euro}",
        "closed" if rng.random() < 0.02 else f"{row['minutes per visit']:.1f}",
        grouped(row["guests per day"]),
        f"{min(row['takeaway'], 100):.0f} %",
        f"{min(row['rating'], 5):.1f}",
        f"{min(row['rating last year'], 5):.1f}",
        row["music"],
        row["wifi"].capitalize() if rng.random() < 0.3 else row["wifi"],
        "EUR",
        "passed" if rng.random() < 0.15 else "",
        str(rng.choice(NOTES)).format(rng.integers(3, 99)) if rng.random() < 0.8 else "",
        row["type"],
    ]
    for column in (2, 3, 4, 5, 7, 8, 9, 10, 11, 15):  # occasional missing values
        if rng.random() < 0.03:
            cells[column] = str(rng.choice(["", "NA", "n/a", "-", "?", " "]))
    return [
        cell.replace(".", ",") if column in (4, 5, 8, 9) else cell
        for column, cell in enumerate(cells)
    ]


def grouped(number):
    """Format an integer with a point as the thousands separator: 1250 becomes 1.250."""
    return f"{number:,.0f}".replace(",", ".")


def as_file(rows):
    """Encode the file in Windows-1252, with trailing separators and an empty row."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator=";\r\n")
    writer.writerow(HEADER)
    writer.writerows([*rows[:200], [""] * len(HEADER), *rows[200:]])
    return text.getvalue().encode("cp1252")


if __name__ == "__main__":
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(as_file(make()))
    print(f"wrote {TABLE.name}")
