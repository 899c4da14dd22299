import pytest
from press_helpers import make_clone, notebook

from dkm.press import PressError
from dkm.press.lessons import Lesson
from dkm.press.parameters import as_argument, declared, parse_changes, read_values

CELL = """
dataset = "digits"  # a named data set
n_clusters: int = 10  # clusters, 1 to 1000
alpha = 0.5
verbose = False
seeds = (0, 1, 2)
starts = ["k-means++"]
limit = None
columns = ()
shapes = ((1, 2), (3, 4))
"""


@pytest.fixture
def lesson(tmp_path):
    clone = make_clone(tmp_path / "clone", n01_kmeans=notebook(parameters=CELL))
    return Lesson(clone / "notebooks" / "01_kmeans.ipynb")


def test_declared_keeps_types_and_meanings():
    found = declared(CELL, "01_kmeans")
    assert [each.default for each in found.values()] == [
        "digits", 10, 0.5, False, (0, 1, 2), ["k-means++"], None, (), ((1, 2), (3, 4))
    ]  # fmt: skip
    assert found["dataset"].meaning == "a named data set"
    assert found["n_clusters"].meaning == "clusters, 1 to 1000"
    assert found["alpha"].meaning == ""


@pytest.mark.parametrize("source", ["x = 1 + f()", "x, y = 1, 2", "import os", "x = ", "x.y = 2"])
def test_a_cell_with_more_than_plain_values_is_refused(source):
    with pytest.raises(PressError, match=r"01_kmeans: .*parameters cell"):
        declared(source, "01_kmeans")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("dataset", "my data=1.csv", "my data=1.csv"),
        ("dataset", "2024", "2024"),
        ("dataset", "'quoted'", "quoted"),
        ("n_clusters", "1_000", 1000),
        ("alpha", "2", 2.0),
        ("alpha", "1e-3", 0.001),
        ("verbose", "true", True),
        ("seeds", "[3, 4]", (3, 4)),
        ("seeds", "()", ()),
        ("starts", "('random',)", ["random"]),
        ("starts", "random", ["random"]),
        ("starts", "random, k-means++", ["random", "k-means++"]),
        ("columns", "price", ("price",)),
        ("columns", "'price'", ("price",)),
        ("columns", "2024", ("2024",)),
        ("columns", "('a, b',)", ("a, b",)),
        ("columns", "", ()),
        ("limit", "5", 5),
        ("limit", "five", "five"),
        ("shapes", "[[5, 6]]", ((5, 6),)),
    ],
)
def test_values_take_the_type_of_the_default(lesson, name, text, value):
    found = read_values(lesson, {name: text})[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("n_clusters", "abc", "an int"),
        ("n_clusters", "2.5", "an int"),
        ("n_clusters", "True", "an int"),
        ("n_clusters", "", "an int"),
        ("alpha", "1e999", "a finite float"),
        ("alpha", "False", "a finite float"),
        ("verbose", "1", "True or False"),
        ("seeds", "3", "a tuple of int"),
        ("seeds", "(1, 'b')", "a tuple of int"),
        ("starts", "[1]", "a list of str"),
    ],
)
def test_ill_typed_values_are_refused_with_an_example(lesson, name, text, kind):
    with pytest.raises(PressError) as caught:
        read_values(lesson, {name: text})
    message = str(caught.value)
    assert f"{name}={text} is not {kind}" in message
    assert f"-p {as_argument(name, lesson.parameters[name].default)}" in message


def test_unknown_parameters_are_refused_with_those_that_exist(lesson):
    with pytest.raises(PressError) as caught:
        read_values(lesson, {"alfa": "1"})
    assert str(caught.value).startswith(
        "01_kmeans has no parameter 'alfa'. It has: dataset, n_clusters, alpha,"
    )


def test_parse_changes():
    assert parse_changes(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    with pytest.raises(PressError, match="-p a is given twice"):
        parse_changes(["a=1", "a=2"])
    for wrong in ("a", "=1", ""):
        with pytest.raises(PressError, match="name=value"):
            parse_changes([wrong])


def test_an_argument_is_quoted_for_a_shell():
    assert as_argument("k", 3) == "k=3"
    assert as_argument("seeds", (0, 1)) == '"seeds=(0, 1)"'
