"""Editors and type checkers see the public names, also those that are loaded when first used."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = Path(__file__).parent / "typing" / "uses_dkm.py"
STUBS = sorted((ROOT / "dkm").rglob("*.pyi"))


def module_of(path):
    """The module that a stub stands for, and what the stub itself holds when it is run."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    package = name if parts[-1] == "__init__" else name.rpartition(".")[0]
    content = {"__name__": name, "__package__": package}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), content)
    return importlib.import_module(name), content


@pytest.mark.parametrize("path", STUBS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_stub_has_the_names_and_parameters_of_its_module(path):
    module, stub = module_of(path)
    if hasattr(module, "__all__"):
        assert sorted(stub["__all__"]) == sorted(module.__all__)
        assert set(stub["__all__"]) <= set(stub)
    for name, function in stub.items():
        if inspect.isfunction(function) and function.__module__ == module.__name__:
            real = inspect.signature(getattr(module, name))
            told = inspect.signature(function)
            assert [(p.name, p.kind, p.default) for p in told.parameters.values()] == [
                (p.name, p.kind, p.default) for p in real.parameters.values()
            ]


@pytest.mark.thorough
def test_a_type_checker_knows_what_users_call(tmp_path):
    options = ["--follow-imports", "silent", "--ignore-missing-imports", "--warn-unused-ignores"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--cache-dir", tmp_path, EXAMPLE],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
