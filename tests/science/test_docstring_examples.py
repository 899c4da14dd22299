"""The examples in docstrings give what they say; the package is searched for them."""

import doctest
import importlib
from pathlib import Path

import pytest

import dkm

PACKAGE = Path(dkm.__file__).parent


def with_examples():
    """The modules that have examples. Those that train a network take seconds."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if ">>>" in path.read_text(encoding="utf-8"):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            marks = [pytest.mark.thorough] if name.startswith("dkm.deep.") else []
            yield pytest.param(name, marks=marks, id=name)


@pytest.mark.parametrize("name", list(with_examples()))
def test_examples(name):
    module = importlib.import_module(name)
    told = []
    runner = doctest.DocTestRunner()
    examples = [each for each in doctest.DocTestFinder().find(module) if each.examples]
    assert examples, f"{name} has >>> where doctest finds none"
    for each in examples:
        runner.run(each, out=told.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


def test_every_clusterer_has_an_example():
    tried = {each.values[0] for each in with_examples()}
    classes = [each for name in dkm.__all__ if isinstance(each := getattr(dkm, name), type)]
    assert {"KMeans", "DeepKMeans"} < {each.__name__ for each in classes}
    assert [each.__name__ for each in classes if each.__module__ not in tried] == []
