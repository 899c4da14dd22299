"""Build the API reference, into ``reports/html/api`` unless another folder is named."""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.console import nocolor

from tools.api import pages

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "reports" / "html" / "api"


def build(folder, names=None):
    """Write the pages.

    Parameters
    ----------
    folder : Path
        Where to; what was there is replaced when all pages are made.
    names : container of str, optional
        The public names of `dkm` to document; all if left out.

    Returns
    -------
    list of str
        What Sphinx warns of, such as a malformed docstring.
    """
    nocolor()
    warnings = io.StringIO()
    with tempfile.TemporaryDirectory() as temporary:
        source, made = Path(temporary, "source"), Path(temporary, "made")
        source.mkdir()
        pages.write(source, names)
        app = Sphinx(source, HERE, made, made / ".doctrees", "html", {}, None, warnings)
        app.build()
        shutil.rmtree(made / ".doctrees")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    return warnings.getvalue().splitlines()


def main(arguments):
    """Build, and print where; the exit code is 1 if Sphinx warned of anything."""
    folder = Path(arguments[0]) if arguments else FOLDER
    warnings = build(folder)
    print("\n".join([*warnings, f"The API reference: {folder / 'index.html'}"]))
    return int(bool(warnings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
