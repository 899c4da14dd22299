"""Who may import whom: the two wings of the package do not know each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dkm"
PRESS = {"press", "cli"}
NETWORKS = {"networks", "deep"}
NUMERICS = {"numpy", "scipy", "sklearn", "threadpoolctl"}
# What a module of the science may import from outside; `tables` reads files with pandas, Arrow.
OUTSIDE = {
    "tables": NUMERICS | {"pandas", "pyarrow"},
    "networks": NUMERICS | {"keras", "tensorflow"},
    "deep": NUMERICS | {"keras", "lazy_loader", "tensorflow", "tqdm"},
    "plots": NUMERICS | {"matplotlib", "IPython", "lazy_loader"},
    "models": NUMERICS | {"keras", "lazy_loader", "safetensors", "tensorflow"},
    "study": NUMERICS | {"filelock", "keras"},
    "kmeans": NUMERICS | {"lazy_loader"},
    "evaluation": NUMERICS | {"lazy_loader"},
    "claims": {"IPython"},
    "environment": {"packaging", "IPython"},
    "__init__": {"lazy_loader"},
}
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def wing(path):
    """The first name below dkm that a file belongs to, such as press or kmeans."""
    return path.parts[0].removesuffix(".py")


def imports(path):
    """All modules that a file imports, anywhere in it, as dotted names."""
    here = ["dkm", *path.with_suffix("").parts]
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            names = (f"{module}.{alias.name}" for alias in node.names)
            # `from dkm import metrics` imports dkm.metrics.
            yield from names if module == "dkm" else [module]


def own(path):
    """The parts of this package that a file imports."""
    found = {name.split(".")[1] for name in imports(path) if name.startswith("dkm.")}
    return found - {wing(path)}


def foreign(path):
    """The packages outside that a file imports."""
    found = {name.split(".")[0] for name in imports(path)}
    return found - set(sys.stdlib_module_names) - {"dkm"}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_the_wings_do_not_know_each_other(path):
    if wing(path) in PRESS:
        assert not own(path) & NETWORKS
        assert not foreign(path) & {"keras", "tensorflow", "matplotlib", "sklearn"}
    else:
        assert not own(path) & PRESS
        assert foreign(path) <= OUTSIDE.get(wing(path), NUMERICS)


@pytest.mark.parametrize("name", ["claims.py", "environment.py", "_util"])
def test_the_roof_imports_nothing_of_the_rest(name):
    rooms = [path for path in MODULES if path.parts[0] == name]
    assert rooms
    assert all(own(path) == set() for path in rooms)


def test_every_module_has_a_room():
    """Loose files are few: what users type, the command, and what runs before the set-up."""
    loose = {path.stem for path in MODULES if len(path.parts) == 1}
    assert loose == {"__init__", "claims", "cli", "environment", "metrics"}


def test_what_methods_share_knows_no_method():
    shared = [path for path in MODULES if path.parts[:2] == ("deep", "_core")]
    assert shared
    for path in shared:
        modules = {name for name in imports(path) if name.startswith("dkm.deep")}
        assert all(name.startswith("dkm.deep._core") for name in modules), path


def test_only_networks_and_what_trains_or_keeps_them_import_networks():
    keeping = {Path("models", name) for name in ("deep_estimators.py", "json_parameters.py")}
    for path in MODULES:
        if wing(path) not in NETWORKS | {"study", "__init__"} and path not in keeping:
            assert not own(path) & NETWORKS, path


def test_what_keeps_networks_is_the_only_file_of_its_room_that_imports_tensorflow():
    for path in MODULES:
        if wing(path) == "models" and path.name != "deep_estimators.py":
            assert not foreign(path) & {"keras", "tensorflow"}, path


def test_there_are_no_circles():
    knows = {}
    for path in MODULES:
        if path.name != "__init__.py" or len(path.parts) > 1:
            knows.setdefault(wing(path), set()).update(own(path))
    while knows:
        free = [name for name, needs in knows.items() if not needs & set(knows)]
        assert free, f"these import each other: {knows}"
        for name in free:
            del knows[name]


@pytest.mark.parametrize(
    "statement", ["import dkm", "import dkm.cli", "import dkm.claims", "import dkm.models"]
)
def test_importing_loads_nothing_heavy(statement):
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'sklearn', 'nbconvert', 'papermill'}"
    program = f"import sys; {statement}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_importing_changes_nothing_outside():
    program = (
        "import os, random, numpy; a = dict(os.environ), random.getstate(), "
        "numpy.random.get_state()[1].tolist(); import dkm, dkm.claims, dkm.cli; "
        "print(a == (dict(os.environ), random.getstate(), numpy.random.get_state()[1].tolist()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_names_that_users_type_lead_to_where_things_live():
    import dkm.metrics
    from dkm.evaluation import metrics

    assert dkm.metrics.accuracy is metrics.accuracy
    assert set(metrics.__all__) <= set(vars(dkm.metrics))
