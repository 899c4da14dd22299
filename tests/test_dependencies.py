"""What is imported is declared in pyproject.toml, and what is declared is used."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = {"dkm", "tools", "benchmarks", "tests"}
# Looked for where somebody has installed it: other libraries to compare with, a maker of fonts.
OPTIONAL = {"clustpy", "faiss", "torch", "fontTools"}
# Declared, and used without an import: by a command, as an engine, or by the packages named.
NOT_IMPORTED = {
    "ipykernel",  # runs the notebooks
    "ipywidgets",  # the progress bars of JupyterLab
    "jupyterlab",  # make lab
    "mypy",  # tests/test_types.py runs it
    "furo",  # the theme that tools/api names
    "numpydoc",  # the extension that tools/api names
    "pytest-xdist",  # make test
    "ruff",  # make lint
    "setuptools",  # builds the wheel that tests/test_project.py looks at
    "tensorflow",  # as tensorflow-cpu, on other machines
}


def names(requirements):
    return {canonicalize_name(Requirement(each).name) for each in requirements}


CORE = names(PROJECT["dependencies"])
ALL = CORE.union(*map(names, PROJECT["optional-dependencies"].values()))
OF_MODULE = {
    module: {canonicalize_name(each) for each in packages}
    for module, packages in packages_distributions().items()
}


def imported(path):
    """The packages outside that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        yield from (name.split(".")[0] for name in names)


def third_party(*folders):
    """Module -> files that import it."""
    found = {}
    for path in (each for folder in folders for each in sorted((ROOT / folder).rglob("*.py"))):
        beside = {each.stem for each in path.parent.iterdir()}  # helpers of tests
        for name in set(imported(path)) - sys.stdlib_module_names - OWN - OPTIONAL - beside:
            found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize(
    ("folders", "declared"),
    [(["dkm"], CORE), (["tests", "tools", "benchmarks"], ALL)],
    ids=["the package", "tests, tools and benchmarks"],
)
def test_what_is_imported_is_declared(folders, declared):
    found = third_party(*folders)
    assert {"numpy", "sklearn"} < set(found)
    missing = {m: files for m, files in found.items() if not OF_MODULE.get(m, set()) & declared}
    assert missing == {}


def test_what_is_declared_is_used():
    found = third_party("dkm", "tests", "tools", "benchmarks")
    used = {each for module in found for each in OF_MODULE[module]}
    used |= {each for name in imported(ROOT / "conftest.py") for each in OF_MODULE.get(name, ())}
    assert ALL - used - NOT_IMPORTED == set()
    assert NOT_IMPORTED <= ALL


def test_keras_is_bound_while_its_private_parts_are_used():
    """They may change with any version: those will do that were tried."""
    files = sorted((ROOT / "dkm").rglob("*.py"))
    private = [path.name for path in files if "keras.src" in path.read_text(encoding="utf-8")]
    (keras,) = (r for r in map(Requirement, PROJECT["dependencies"]) if r.name == "keras")
    bounds = {each.operator for each in keras.specifier}
    assert bounds & {"<", "==", "~="} or not private, f"{private} use keras.src: bound keras above"
