"""What the user gets at the end: a summary, PDFs, an archive, a list of the files made."""

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
from dkm.press.output_folder import disk_error_message, display_path
from dkm.press.provenance import commit, lock_hash, versions
from dkm.press.site import count

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
PRINT_TIMEOUT = 120  # seconds per page


def summary(outcomes, facts_of):
    """Summarise how each notebook went and which claims failed.

    Parameters
    ----------
    outcomes : dict of str -> Outcome
        Outcomes by notebook name.
    facts_of : dict of str -> dict or None
        Metadata of each run, by notebook name.

    Yields
    ------
    str
        One line each.
    """
    width = max(len(name) for name in outcomes)
    failed = []
    for name in sorted(outcomes):
        outcome, facts = outcomes[name], facts_of.get(name)
        about = f" ({_brief(facts)})" if facts and not outcome.bad else ""
        yield f"{name:{width}}  {outcome.status}{about}"
        if facts and facts["claims"]["failed"]:
            failed.append((name, [claim["statement"] for claim in facts["claims"]["failed"]]))
    for name, statements in failed:
        claims = "claim" if len(statements) == 1 else "claims"
        yield f"{len(statements)} {claims} failed in {name}: {'; '.join(statements)}"


def _brief(facts):
    seconds = [] if facts.get("stored") else [f"{facts['seconds']} s"]
    return ", ".join([*seconds, count(facts["claims"])])


def find_browser():
    """Path of a browser that can print without a window.

    Raises
    ------
    PressError
        If no such browser is installed.
    """
    found = filter(None, map(shutil.which, BROWSERS))
    path = next(found, None) or next((each for each in PLACES if Path(each).is_file()), None)
    if path is None:
        raise PressError(
            "No browser found that can make PDFs. Install Chromium, Chrome or Edge. Or drop --pdf, "
            "open the page in your browser and print it."
        )
    return path


def as_pdf(page, browser):
    """Print a page; returns the path of the PDF, next to the page.

    Raises
    ------
    PressError
        If the browser fails to print it.
    """
    target = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory(prefix="dkm-") as folder:
        printed = Path(folder) / "printed.pdf"
        command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
        # The user's own browser may be open, so use a separate profile.
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium requires it for root
        try:
            done = subprocess.run(
                [*command, page.as_uri()], capture_output=True, text=True, timeout=PRINT_TIMEOUT
            )
            problem = done.stderr.strip()[-500:] or f"it exited with code {done.returncode}"
        except subprocess.TimeoutExpired:
            problem = f"it took longer than {PRINT_TIMEOUT} s"
        except OSError as error:
            problem = str(error)
        if not printed.is_file() or not printed.stat().st_size:
            raise PressError(
                f"{Path(browser).name} could not print {page.name}: {problem}. "
                "Open the page in your browser and print it."
            )
        _write(target, printed.read_bytes())
    return target


def as_zip(folder, files, clone):
    """Pack files of a folder into one archive, with a file that lists the versions.

    Parameters
    ----------
    folder : Path
        The folder of reports. The archive is written into it.
    files : sequence of Path
        The files to pack.
    clone : Path
        The clone, for commit and lock.

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
    """Lines listing files with their sizes."""
    named = [(display_path(path), path.stat().st_size) for path in paths]
    width = max(len(name) for name, _ in named)
    return [f"  {name:{width}}  {_size(size)}" for name, size in named]


def _size(size):
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _write(target, content):
    try:
        write_atomically(target, content)
    except OSError as error:
        raise PressError(disk_error_message(error, target.parent.name)) from error
