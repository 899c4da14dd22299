"""pyproject.toml is the truth; the lock and environment.yml follow it."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
EXTRAS = PROJECT["optional-dependencies"].values()
DIRECT = [*PROJECT["dependencies"], *(each for extra in EXTRAS for each in extra)]


def locked():
    """Name -> versions; there are several where platforms differ."""
    found = {}
    for line in LOCK.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement = Requirement(line)
            versions = found.setdefault(canonicalize_name(requirement.name), [])
            versions += [each.version for each in requirement.specifier]
    return found


@pytest.mark.parametrize("text", DIRECT)
def test_the_lock_has_every_dependency_in_a_version_that_will_do(text):
    wanted = Requirement(text)
    versions = locked().get(canonicalize_name(wanted.name), [])
    assert versions, f"{wanted.name} is not in requirements.lock: make lock"
    assert all(wanted.specifier.contains(each) for each in versions), f"{text}: {versions}"


def test_every_line_of_the_lock_names_one_version():
    lines = [Requirement(x) for x in LOCK.splitlines() if x.strip() and x.lstrip()[0] != "#"]
    assert [str(r) for r in lines if [s.operator for s in r.specifier] != ["=="]] == []


def test_the_lock_names_no_registry():
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links| @ ", LOCK)


def test_conda_gets_python_and_the_lock_and_nothing_else():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, rest = environment["dependencies"]
    assert pip == "pip"
    assert rest == {"pip": ["-r requirements.lock", "-e ."]}
    version = re.fullmatch(r"python=(\d+\.\d+)", python)[1]
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(version)
