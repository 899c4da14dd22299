"""Decides what is up to date, with one key for a notebook's run and one for its page.

A key is a hash of everything the result depends on. It is stored in the result.
"""

import hashlib
import json
import os
import platform
from pathlib import Path

PRESS = Path(__file__).parent
FORMAT = 2  # version of a run's metadata; increased when it changes, so old runs are ignored


def digest(*parts):
    """SHA-256 over parts (str or bytes), each delimited by its length."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(f"{len(data)}:".encode())
        whole.update(data)
    return whole.hexdigest()


def execution_key(cells, parameters, sources):
    """The key of a run.

    Parameters
    ----------
    cells : list of dict
        Cells of the notebook. Only type, source and tags matter.
    parameters : dict
        Name to value of all parameters. 1 and 1.0 differ.
    sources : str
        The result of `source_key`.
    """
    text = [[c["cell_type"], c["source"], sorted(c["metadata"].get("tags", []))] for c in cells]
    return digest(json.dumps(text), repr(sorted(parameters.items())), sources)


def source_key(clone):
    """The part of a run's key that all notebooks share: package, lock, measured rows, data.

    The code for making pages and the command line is left out: it does not change the outputs of a
    notebook. Stubs count: names are loaded from where they say.
    """
    package = [
        path
        for path in sorted((clone / "dkm").rglob("*"))
        if path.suffix in (".py", ".pyi")
        and path.relative_to(clone / "dkm").parts[0] not in ("press", "cli.py")
    ]
    rows = sorted((clone / "reports" / "results").glob("*.csv"))
    files = [path for path in (*package, clone / "requirements.lock", *rows) if path.is_file()]
    named = (
        part for path in files for part in (path.relative_to(clone).as_posix(), path.read_bytes())
    )
    return digest(platform.python_version(), *named, *_data_files())


def render_key(executed, reports):
    """The key of a page.

    Parameters
    ----------
    executed : bytes
        The notebook with its outputs.
    reports : dict of str -> str
        Name to title of all reports in the set. They determine which links exist.
    """
    return digest(executed, repr(sorted(reports.items())), template_key())


def template_key():
    """The part of a page's key that all pages share: a hash of the sources of this package."""
    files = [*PRESS.glob("*.py"), *(PRESS / "template").iterdir()]
    return digest(*(path.read_bytes() for path in sorted(files) if path.is_file()))


def _data_files():
    """Name, size and mtime of the user's data files; reading them all would take too long."""
    folder = os.environ.get("DKM_DATA")
    if folder and Path(folder).is_dir():
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                about = path.stat()
                yield f"{path.relative_to(folder)} {about.st_size} {about.st_mtime_ns}"
