"""Storage of benchmark results, with a description of the machine."""

import csv
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "reports" / "results"


@cache
def machine():
    """The hardware and software that measured speeds depend on, as columns."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=RESULTS.parent
    ).stdout.strip()
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "scikit-learn", "faiss-cpu")},
        "commit": commit,
    }


def read_rows(name):
    """The rows of a CSV file in reports/results, as dicts of str; none if there is no file."""
    path = RESULTS / name
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(name, rows):
    """Write the rows atomically to a CSV file in reports/results."""
    path = RESULTS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    with temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(temporary, path)
    print(f"wrote {path.relative_to(RESULTS.parents[1])}")


def _read(path):
    return Path(path).read_text() if Path(path).exists() else ""


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
