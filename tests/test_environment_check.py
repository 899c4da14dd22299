"""The check of the environment: what is missing, does not fit or does not load, with the remedy."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dkm import environment
from dkm.environment import Finding

FILE = Path(environment.__file__)
PROJECT = FILE.parents[1] / "pyproject.toml"


def check(monkeypatch, *packages, python=">=3.11"):
    monkeypatch.setattr(environment, "requirements", lambda: (python, list(packages)))
    return {each.name: each for each in environment.check()}


def install(folder, monkeypatch, name, code, version="1.0"):
    """A package of one module, as pip leaves it in a folder of packages."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    told = folder / f"{name}-{version}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )
    (told / "RECORD").write_text(f"{name}.py,,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_this_environment_is_ready_for_all_that_the_project_declares():
    findings = environment.check()
    assert [each for each in findings if each.trouble] == []
    wanted = [Requirement(text) for text in environment.requirements()[1]]
    here = [each.name for each in wanted if not each.marker or each.marker.evaluate({"extra": ""})]
    assert [each.name for each in findings] == ["Python", *here, "dkm"]
    assert {"numpy", "scikit-learn", "ipykernel"} < set(here)


def test_without_a_clone_the_installed_package_is_asked(monkeypatch):
    in_clone = environment.requirements()
    monkeypatch.setattr(environment, "__file__", os.sep.join(["", "nowhere", "dkm", "e.py"]))
    python, packages = environment.requirements()
    assert set(Requirement(f"x{python}").specifier) == set(Requirement(f"x{in_clone[0]}").specifier)
    assert any(text.startswith("numpy") for text in packages)


def test_what_is_missing_or_does_not_fit_is_named_with_its_remedy(monkeypatch):
    found = check(monkeypatch, "numpy>=99", "no-such-package==2.*", "scipy>=1", 'x; extra == "lab"')
    assert list(found) == ["Python", "numpy", "no-such-package", "scipy", "dkm"]
    assert found["scipy"].trouble == found["Python"].trouble == ""
    assert found["numpy"].trouble == "incompatible version"
    assert found["numpy"].remedy == 'pip install "numpy>=99"'
    assert found["no-such-package"].trouble == "not installed"
    assert found["no-such-package"].remedy == 'pip install "no-such-package==2.*"'


def test_another_python_is_named(monkeypatch):
    python = check(monkeypatch, python=">=3.99")["Python"]
    assert python.trouble == "incompatible version"
    assert python.remedy.startswith("Install Python >=3.99 ")


def test_dkm_itself_may_be_missing(monkeypatch):
    right = environment.metadata.version

    def version(name):
        if name == "dkm":
            raise environment.metadata.PackageNotFoundError(name)
        return right(name)

    monkeypatch.setattr(environment.metadata, "version", version)
    assert check(monkeypatch)["dkm"].trouble == "not installed"


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("raise ImportError('libgomp.so.1: no such file')", "ImportError: libgomp.so.1: no such f"),
        ("import os; os._exit(3)", "import failed (Python exited with code 3)"),
        ("import sys; sys.exit(0)", "import failed (Python exited with code 0)"),
        ("print('hello'); print('{}')", ""),
        ("1 +", "import failed (SyntaxError: "),
    ],
)
def test_a_package_that_does_not_load_is_told_from_the_others(monkeypatch, tmp_path, code, trouble):
    install(tmp_path, monkeypatch, "wobbly", code)
    found = check(monkeypatch, "tqdm", "wobbly", "lazy-loader")
    assert trouble in found["wobbly"].trouble
    assert bool(found["wobbly"].trouble) == bool(trouble)
    assert found["tqdm"].trouble == found["lazy-loader"].trouble == ""
    if trouble:
        assert found["wobbly"].remedy == 'pip install --force-reinstall "wobbly==1.0"'


def test_a_package_that_hangs_is_given_up(monkeypatch, tmp_path):
    install(tmp_path, monkeypatch, "sleepy", "import time; time.sleep(60)")
    monkeypatch.setattr(environment, "TIMEOUT", 2)
    found = check(monkeypatch, "lazy-loader", "sleepy", "tqdm")
    assert found["sleepy"].trouble == "import failed (not imported within 2 seconds)"
    assert found["lazy-loader"].trouble == found["tqdm"].trouble == ""


def test_the_file_needs_nothing_but_python(tmp_path):
    top = [node for node in ast.parse(FILE.read_text(encoding="utf-8")).body]
    modules = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in top if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} <= set(sys.stdlib_module_names)
    # -S leaves out all that was installed: nothing of it is there, and it says so.
    done = subprocess.run([sys.executable, "-I", "-S", FILE], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout == 'FAIL  packaging: not installed. Remedy: pip install "packaging"\n'


def test_what_is_printed_and_what_ends_with_an_error(monkeypatch, capsys):
    monkeypatch.setattr(environment, "check", lambda: [Finding("numpy", ">=2.2", "2.4")])
    assert environment.main() == 0
    assert capsys.readouterr().out == "OK    numpy 2.4\n"
    bad = Finding("numpy", ">=2.2", "1.0", "incompatible version", "pip install numpy")
    monkeypatch.setattr(environment, "check", lambda: [bad])
    assert environment.main() == 1
    said = "FAIL  numpy 1.0: incompatible version. Remedy: pip install numpy\n"
    assert capsys.readouterr().out == said


def test_in_a_notebook_the_text_has_no_versions_unless_something_is_wrong(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    good = Finding("numpy", ">=2.2", "2.4.6")
    bad = Finding("scipy", ">=1", "0.1", "incompatible version", 'pip install "scipy>=1"')
    environment.show([good])
    environment.show([good, bad])
    assert shown[0]["text/plain"].startswith("OK: ")
    assert "2.4.6" not in shown[0]["text/plain"]
    assert "<td>2.4.6</td>" in shown[0]["text/html"]
    assert shown[1]["text/plain"].startswith("FAIL  scipy 0.1: incompatible version. Remedy:")
    assert "&gt;=1&quot;" in shown[1]["text/html"]
    assert "numpy" not in shown[1]["text/plain"]
