"""The core path of the course consists of lessons that are there, in order."""

from pathlib import Path

from dkm.press.lessons import core_path, lessons

ROOT = Path(__file__).parents[2]


def test_the_core_path_is_there_and_in_order():
    core = core_path(ROOT)
    assert core == sorted(core)
    assert len(core) > 1
    assert set(core) <= {lesson.name for lesson in lessons(ROOT)}
