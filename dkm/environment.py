"""Check of the environment: every required package is installed, compatible and importable.

This file can be run with Python alone, so that it can diagnose an installation in which ``import
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

TIMEOUT = 300  # seconds to import all packages; disks may be slow
# Imports the modules given as arguments and reports the outcome after each one.
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
    """Result of the check of one package.

    Attributes
    ----------
    name : str
    wanted : str
        Compatible versions, such as ``>=2.2``; empty for any version.
    found : str
        Installed version; empty if not installed.
    trouble : str
        The problem; empty if there is none.
    remedy : str
        How to solve the problem.
    """

    name: str
    wanted: str
    found: str
    trouble: str = ""
    remedy: str = ""


def requirements():
    """The requirements of dkm, from pyproject.toml in a clone, otherwise from package metadata.

    Returns
    -------
    python : str
        Compatible versions of Python.
    packages : list of str
        Requirements such as ``numpy>=2.2``.
    """
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if project.exists():
        declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        return declared["requires-python"], declared["dependencies"]
    installed = metadata.metadata("dkm")
    return installed["Requires-Python"], installed.get_all("Requires-Dist")


def check():
    """Check Python, every package and dkm itself; the packages are imported in another process.

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
        remedy = f"Install Python {python} and set up dkm with it, as described in the README."
        first = first._replace(trouble="incompatible version", remedy=remedy)
    wanted = [Requirement(text) for text in packages]
    wanted = [each for each in wanted if not each.marker or each.marker.evaluate({"extra": ""})]
    findings = [_look_at(each) for each in wanted]
    return [first, *_loaded(findings), _look_at_dkm()]


def show(findings):
    """Display the findings in a notebook: all of them as a table, only the problems as text.

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
    """Print the findings; return the exit code, which is 1 if there are problems."""
    findings = check()
    print("\n".join(_line(each) for each in findings))
    return int(any(each.trouble for each in findings))


def _look_at(requirement):
    """Check whether one package is installed in a compatible version."""
    name, wanted = requirement.name, str(requirement.specifier)
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return _missing(name, wanted)
    if requirement.specifier.contains(found, prereleases=True):
        return Finding(name, wanted, found)
    remedy = f'pip install "{name}{wanted}"'
    return Finding(name, wanted, found, "incompatible version", remedy)


def _look_at_dkm():
    try:
        return Finding("dkm", "", metadata.version("dkm"))
    except metadata.PackageNotFoundError:
        remedy = "pip install --no-deps -e .  in the folder that contains the README"
        return Finding("dkm", "", "", "not installed", remedy)


def _missing(name, wanted):
    return Finding(name, wanted, "", "not installed", f'pip install "{name}{wanted}"')


def _loaded(findings):
    """Yield the findings, adding the errors of installed packages that cannot be imported."""
    modules = _modules()
    names = {each.name: modules.get(_plain(each.name), each.name) for each in findings}
    errors = _errors([names[each.name] for each in findings if not each.trouble])
    for each in findings:
        error = errors.get(names[each.name])
        if error and not each.trouble:
            remedy = f'pip install --force-reinstall "{each.name}=={each.found}"'
            each = each._replace(trouble=f"import failed ({error})", remedy=remedy)
        yield each


def _errors(modules):
    """Map each module that cannot be imported to its error."""
    errors = {}
    while modules:
        command = [sys.executable, "-c", TRY, *modules]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT)
            output, reason = done.stdout, f"Python exited with code {done.returncode}"
        except subprocess.TimeoutExpired as expired:
            output, reason = expired.stdout or b"", f"not imported within {TIMEOUT} seconds"
        reports = [json.loads(line) for line in output.splitlines() if line.startswith(b'{"tried"')]
        errors |= {each["tried"]: each["error"] for each in reports if each["error"]}
        modules = modules[len(reports) :]
        if modules:  # the first module without a report terminated the process
            errors[modules[0]] = reason
            modules = modules[1:]
    return errors


def _modules():
    """Map each package to the module to import: the one of the same name, otherwise the first."""
    found = {}
    for module, packages in sorted(metadata.packages_distributions().items()):
        for package in map(_plain, packages):
            if package == _plain(module) or not (package in found or module.startswith("_")):
                found[package] = module
    return found


def _plain(name):
    return name.lower().replace("_", "-").replace(".", "-")


def _line(finding):
    """Format a finding as one line of text."""
    versions = f"{finding.name} {finding.found}".rstrip()
    if not finding.trouble:
        return f"OK    {versions}"
    return f"FAIL  {versions}: {finding.trouble}. Remedy: {finding.remedy}"


def _row(finding, n_columns):
    """Format a finding as the cells of one table row, in HTML."""
    mark = "FAIL" if finding.trouble else "OK"
    what = f"{finding.trouble}. Remedy: {finding.remedy}" if finding.trouble else ""
    cells = [mark, finding.name, finding.wanted, finding.found, what][:n_columns]
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
