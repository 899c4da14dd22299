"""Whether this computer is ready: each package that dkm needs is here, fits, and loads.

Only Python itself is needed to run this file, so that it can tell what is wrong where ``import
dkm`` fails: ``python dkm/environment.py``. Introduced in notebook 00.
"""

import json
import subprocess
import sys
import tomllib
from html import escape
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

TIMEOUT = 300  # seconds that the packages may take to load, on a slow disk
# Imports what it is told to, and writes after each one how it went.
TRY = """
import importlib, json, sys
for name in sys.argv[1:]:
    error = None
    try:
        importlib.import_module(name)
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    sys.__stdout__.write("\\n" + json.dumps({"tried": name, "error": error}) + "\\n")
    sys.__stdout__.flush()
"""


class Finding(NamedTuple):
    """What was found of one package.

    Attributes
    ----------
    name : str
    wanted : str
        The versions that will do, such as ``>=2.2``; empty for any.
    found : str
        The version that is there; empty for none.
    trouble : str
        What is wrong; empty if nothing is.
    remedy : str
        What to do about it.
    """

    name: str
    wanted: str
    found: str
    trouble: str = ""
    remedy: str = ""


def requirements():
    """What dkm needs: from pyproject.toml where it stands in a clone, else as it was installed.

    Returns
    -------
    python : str
        The versions of Python that will do.
    packages : list of str
        One requirement each, such as ``numpy>=2.2``.
    """
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if project.exists():
        told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        return told["requires-python"], told["dependencies"]
    told = metadata.metadata("dkm")
    return told["Requires-Python"], told.get_all("Requires-Dist")


def check():
    """Look for Python, every package and dkm itself, and load the packages in another process.

    Returns
    -------
    list of Finding
    """
    python, packages = requirements()
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return [_missing("packaging", "")]
    here = ".".join(map(str, sys.version_info[:3]))
    first = Finding("Python", python, here)
    if not Requirement(f"python{python}").specifier.contains(here, prereleases=True):
        remedy = f"Install Python {python} and set dkm up with it, as the README says."
        first = first._replace(trouble="another version is needed", remedy=remedy)
    wanted = [Requirement(text) for text in packages]
    wanted = [each for each in wanted if not each.marker or each.marker.evaluate({"extra": ""})]
    findings = [_look_at(each) for each in wanted]
    return [first, *_loaded(findings), _look_at_dkm()]


def show(findings):
    """Display the findings in a notebook: a table, and as text only what is wrong.

    Parameters
    ----------
    findings : list of Finding
        From `check`.
    """
    from IPython.display import display

    lines = [_line(each) for each in findings if each.trouble]
    columns = ["state", "package", "needed", "here", *(["what to do"] if lines else [])]
    head = "".join(f'<th scope="col">{each}</th>' for each in columns)
    rows = "".join(f"<tr>{_row(each, len(columns))}</tr>" for each in findings)
    html = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    lines = lines or ["OK: Python and every package that the course needs are here, and load"]
    display({"text/plain": "\n".join(lines), "text/html": html}, raw=True)


def main():
    """Print the findings; the exit code is 1 if something is wrong."""
    findings = check()
    print("\n".join(_line(each) for each in findings))
    return int(any(each.trouble for each in findings))


def _look_at(requirement):
    """The finding on one package, before it is loaded."""
    name, wanted = requirement.name, str(requirement.specifier)
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return _missing(name, wanted)
    if requirement.specifier.contains(found, prereleases=True):
        return Finding(name, wanted, found)
    remedy = f'pip install "{name}{wanted}"'
    return Finding(name, wanted, found, "another version is needed", remedy)


def _look_at_dkm():
    try:
        return Finding("dkm", "", metadata.version("dkm"))
    except metadata.PackageNotFoundError:
        remedy = "pip install --no-deps -e .  in the folder of the README"
        return Finding("dkm", "", "", "it is missing", remedy)


def _missing(name, wanted):
    return Finding(name, wanted, "", "it is missing", f'pip install "{name}{wanted}"')


def _loaded(findings):
    """The findings, with those packages marked that are there but do not load."""
    modules = _modules()
    names = {each.name: modules.get(_plain(each.name), each.name) for each in findings}
    errors = _errors([names[each.name] for each in findings if not each.trouble])
    for each in findings:
        error = errors.get(names[each.name])
        if error and not each.trouble:
            remedy = f'pip install --force-reinstall "{each.name}=={each.found}"'
            each = each._replace(trouble=f"it does not load ({error})", remedy=remedy)
        yield each


def _errors(modules):
    """Module -> what happens when it is imported, for those that do not load."""
    errors = {}
    while modules:
        command = [sys.executable, "-c", TRY, *modules]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT)
            said, end = done.stdout, f"Python ends with {done.returncode}"
        except subprocess.TimeoutExpired as stopped:
            said, end = stopped.stdout or b"", f"not within {TIMEOUT} seconds"
        told = [json.loads(line) for line in said.splitlines() if line.startswith(b'{"tried"')]
        errors |= {each["tried"]: each["error"] for each in told if each["error"]}
        modules = modules[len(told) :]
        if modules:  # the first that did not answer took Python with it
            errors[modules[0]] = end
            modules = modules[1:]
    return errors


def _modules():
    """Name of a package -> the module to import: the one that is named like it, else the first."""
    found = {}
    for module, packages in sorted(metadata.packages_distributions().items()):
        for package in map(_plain, packages):
            if package == _plain(module) or not (package in found or module.startswith("_")):
                found[package] = module
    return found


def _plain(name):
    return name.lower().replace("_", "-").replace(".", "-")


def _line(finding):
    """One line of text."""
    versions = f"{finding.name} {finding.found}".rstrip()
    if not finding.trouble:
        return f"OK    {versions}"
    return f"FAIL  {versions}: {finding.trouble}. Remedy: {finding.remedy}"


def _row(finding, n_columns):
    """The cells of one row of the table."""
    mark = "FAIL" if finding.trouble else "OK"
    what = f"{finding.trouble}. Remedy: {finding.remedy}" if finding.trouble else ""
    cells = [mark, finding.name, finding.wanted, finding.found, what][:n_columns]
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
