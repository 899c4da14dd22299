"""What the files of the project say of each other: versions, workflows, packages, commands."""

import re
import shutil
import subprocess
import sys
import tomllib
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

import dkm

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this package, built from a copy, so that nothing is left here."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", *PYPROJECT["project"]["license-files"]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "dkm", folder / "dkm", ignore=left_out, dirs_exist_ok=True)
    build = "from setuptools.build_meta import build_wheel; build_wheel('out')"
    (folder / "out").mkdir()
    subprocess.run([sys.executable, "-c", build], cwd=folder, check=True, capture_output=True)
    (path,) = (folder / "out").iterdir()
    with ZipFile(path) as file:
        yield file


def test_the_version_is_written_in_one_place(wheel):
    literal = re.findall(r'^__version__ = "(.+)"$', read("dkm/__init__.py"), re.MULTILINE)
    assert literal == [dkm.__version__]  # a literal, so that no build imports the package
    assert "version" not in PYPROJECT["project"]
    (told,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    assert HeaderParser().parsestr(wheel.read(told).decode())["Version"] == dkm.__version__


def test_everything_that_is_not_python_is_in_the_wheel(wheel):
    here = {p.relative_to(ROOT).as_posix() for p in (ROOT / "dkm").rglob("*") if p.is_file()}
    here = {name for name in here if "__pycache__" not in name}
    assert {name for name in wheel.namelist() if name.startswith("dkm/")} == here
    assert {"dkm/py.typed", "dkm/__init__.pyi"} < here


def test_the_citation_and_the_changes_know_the_version():
    assert str(yaml.safe_load(read("CITATION.cff"))["version"]) == dkm.__version__
    versions = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert versions[:2] == ["Unreleased", dkm.__version__]


def test_what_is_installed_is_this_version():
    assert metadata.version("dkm") == dkm.__version__, "set dkm up again: rm .venv/ready; make"
