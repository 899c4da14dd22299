"""What the files of the project say of each other: versions, workflows, packages, commands."""

import json
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
from packaging.specifiers import SpecifierSet as Specifier

import dkm

WORKFLOWS = Path(__file__).parents[1] / ".github" / "workflows"
ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


PYTHONS = [
    each.rpartition(" ")[2]
    for each in PYPROJECT["project"]["classifiers"]
    if each.startswith("Programming Language :: Python :: 3.")
]


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


def workflow(name):
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))


def steps(job):
    return [each["run"] for each in job["steps"] if "run" in each]


def test_the_versions_of_python_are_the_same_everywhere():
    wanted = Specifier(PYPROJECT["project"]["requires-python"])
    known = [f"3.{minor}" for minor in range(20) if wanted.contains(f"3.{minor}")]
    assert known == PYTHONS
    assert f"Python {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}" in read("README.md")
    for job in workflow("check")["jobs"].values():
        assert job["strategy"]["matrix"]["python"] == PYTHONS


@pytest.mark.parametrize(
    ("name", "commands"),
    [("check", ["make check"]), ("test", ["make test"]), ("pages", ["make api", "make site"])],
)
def test_a_workflow_calls_what_the_readme_and_the_makefile_have(name, commands):
    job = workflow(name)["jobs"][name]
    assert steps(job) == [f"{command} PYTHON=python" for command in commands]
    for command in commands:
        assert f"`{command}`" in read("README.md")
        assert re.search(rf"^{command.removeprefix('make ')}:", read("Makefile"), re.MULTILINE)


def test_on_windows_the_commands_are_those_of_the_readme():
    commands = steps(workflow("check")["jobs"]["windows"])
    first, *others = [each.replace("${{ matrix.python }}", "3.11") for each in commands]
    block = re.search(r"```\n(py -.+?)```", read("README.md"), re.DOTALL)[1].splitlines()
    assert [first, *others[:-1]] == block[:3]
    assert f"`{others[-1]}`" in read("README.md")
    wanted = re.search(r'"(not slow.+?)"', others[-1])[1]
    check = re.search(r"^check:.*\n((?:\t.+\n)+)", read("Makefile"), re.MULTILINE)[1]
    assert f'-m "{wanted}" tests' in check


@pytest.mark.parametrize("path", sorted(WORKFLOWS.iterdir()), ids=lambda path: path.name)
def test_workflows_are_of_one_form(path):
    text, flow = path.read_text(encoding="utf-8"), workflow(path.stem)
    assert "Not yet run" in text.partition("name:")[0]
    assert flow["concurrency"]["cancel-in-progress"] is True
    assert flow["permissions"] == {"contents": "read"}
    for job in flow["jobs"].values():
        used = [each["uses"] for each in job["steps"] if "uses" in each]
        assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", each) for each in used)
        (python,) = (e["with"] for e in job["steps"] if "setup-python" in e.get("uses", ""))
        assert (python["cache"], python["cache-dependency-path"]) == ("pip", "requirements.lock")


def test_the_container_sets_up_what_the_makefile_does():
    text = re.sub(r"^//.*\n", "", read(".devcontainer/devcontainer.json"))
    container = json.loads(text)
    assert container["image"].rpartition(":")[2] in PYTHONS
    assert container["onCreateCommand"] == "make .venv/ready"
    assert re.search(r"^READY := \$\(VENV\)/ready$", read("Makefile"), re.MULTILINE)


def test_hooks_are_local_and_run_what_make_lint_and_make_check_run():
    (repo,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert repo["repo"] == "local"
    entries = [each["entry"].removeprefix(".venv/bin/") for each in repo["hooks"]]
    assert [each.replace(" --force-exclude", "") for each in entries] == [
        "ruff check",
        "ruff format",
        "python -m tools.normalize_notebooks",
    ]
    assert {each["language"] for each in repo["hooks"]} == {"system"}


def test_what_the_readme_links_to_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", read("README.md"))
    assert "CONTRIBUTING.md" in links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_lists_the_course_and_marks_its_core():
    listed = re.findall(
        r"^\| (● )?(\d\d) \| \[.+?\]\(notebooks/(\w+)\.ipynb\)", read("README.md"), re.M
    )
    written = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert [name for _, _, name in listed] == written
    assert all(name.startswith(number) for _, number, name in listed)
    core = set(tomllib.loads(read("notebooks/course.toml"))["core"])
    assert {name for mark, _, name in listed if mark} == core
