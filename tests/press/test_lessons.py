import pytest
from press_helpers import make_clone, notebook

from dkm.press import PressError
from dkm.press.lessons import choose, find_clone, lessons


@pytest.fixture
def clone(tmp_path):
    empty = notebook("1")
    return make_clone(
        tmp_path / "clone", n01_kmeans=empty, n02_judging_clusters=empty, your_data=empty
    )


def names(chosen):
    return [lesson.name for lesson in chosen]


@pytest.mark.parametrize("name", ["01", "1", "kmeans", "01_kmeans", "notebooks/01_kmeans.ipynb"])
def test_a_notebook_has_several_names(clone, name):
    assert names(choose(clone, [name])) == ["01_kmeans"]


def test_no_name_means_all_lessons_and_a_tool_is_named(clone):
    assert names(choose(clone, [])) == ["01_kmeans", "02_judging_clusters"]
    assert names(choose(clone, ["your_data", "2", "02"])) == ["02_judging_clusters", "your_data"]


def test_an_unknown_name_brings_suggestions(clone):
    with pytest.raises(PressError) as caught:
        choose(clone, ["01", "kmean"])
    assert "No notebook named 'kmean'. Did you mean 'kmeans'? Known: 01_kmeans," in str(
        caught.value
    )


def test_the_clone_is_found_upward_and_its_absence_told(clone, tmp_path):
    assert find_clone(clone / "notebooks") == clone
    with pytest.raises(PressError, match="is not inside a clone of dkm"):
        find_clone(tmp_path)


def test_what_a_lesson_says_of_itself(clone):
    lesson = lessons(clone)[0]
    assert (lesson.title, lesson.aim) == ("A title", "It does one thing.")
    assert (lesson.minutes("Read"), lesson.minutes("Run")) == ("3 min", "4 s")
    assert lesson.code_cells == 2


def test_a_broken_notebook_is_told_in_words(clone):
    (clone / "notebooks" / "01_kmeans.ipynb").write_text("<<<<<<< HEAD")
    with pytest.raises(PressError, match=r"01_kmeans\.ipynb is not a notebook of format 4"):
        choose(clone, ["01"])[0].parameters
