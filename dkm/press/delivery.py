"""What one hands on: pages as PDF, all reports in one archive, a list of what was made."""

import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from dkm import __version__
from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.files import in_words
from dkm.press.provenance import commit, lock_hash, versions

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
PATIENCE = 120  # seconds for one page


def find_browser():
    """A browser that can print by itself.

    Raises
    ------
    PressError
        If there is none.
    """
    found = filter(None, map(shutil.which, BROWSERS))
    path = next(found, None) or next((each for each in PLACES if Path(each).is_file()), None)
    if path is None:
        raise PressError(
            "No browser was found that could make PDFs. Install Chromium, Chrome or Edge, or leave "
            "out --pdf, open the page in your browser and print it."
        )
    return path


def as_pdf(page, browser):
    """Print a page; returns the path of the PDF, beside the page.

    Raises
    ------
    PressError
        If the browser does not do it.
    """
    target = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="dkm-") as folder:
        printed = Path(folder) / "printed.pdf"
        command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
        # A browser of the user's own may be open: this one has a profile of its own.
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # which Chromium demands of root
        try:
            done = subprocess.run(
                [*command, page.as_uri()], capture_output=True, text=True, timeout=PATIENCE
            )
            problem = done.stderr.strip()[-500:] or f"it ended with code {done.returncode}"
        except subprocess.TimeoutExpired:
            problem = f"it took longer than {PATIENCE} s"
        except OSError as error:
            problem = str(error)
        if not printed.is_file() or not printed.stat().st_size:
            raise PressError(
                f"{page.name} could not be printed by {Path(browser).name}: {problem}. "
                "Open the page in your browser and print it."
            )
        _write(target, printed.read_bytes())
    return target


def as_zip(folder, files, clone):
    """Put files of a folder into one archive with a stamp of versions.

    Parameters
    ----------
    folder : Path
        Of the reports. The archive lies in it.
    files : sequence of Path
        What goes into it.
    clone : Path
        The clone, for the stamp.

    Returns
    -------
    Path
        ``dkm-VERSION-COMMIT.zip``
    """
    from_here = commit(clone)
    name = f"dkm-{__version__}-{from_here['commit']}"
    stamp = [f"dkm {__version__}", f"commit {from_here['commit']} ({from_here['tree']})"]
    stamp += [f"lock {lock_hash(clone)}", *(" ".join(each) for each in versions().items())]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/VERSION.txt", "\n".join(stamp) + "\n")
        for path in sorted(files):
            archive.write(path, f"{name}/{path.relative_to(folder).as_posix()}")
    target = folder / f"{name}.zip"
    _write(target, held.getvalue())
    return target


def sizes(paths):
    """Lines that list files with their sizes."""
    named = [(_from_here(path), path.stat().st_size) for path in paths]
    width = max(len(name) for name, _ in named)
    return [f"  {name:{width}}  {_size(size)}" for name, size in named]


def _size(size):
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _from_here(path):
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.path.join("..", "..")) else relative


def _write(target, content):
    try:
        write_atomically(target, content)
    except OSError as error:
        raise PressError(in_words(error, target.parent.name)) from error
