"""The plan of the course names every lesson that is there."""

from pathlib import Path

from dkm.press.lessons import course, lessons

ROOT = Path(__file__).parents[2]


def test_every_lesson_is_in_the_plan_and_the_plan_is_in_order():
    planned = [each["name"] for each in course(ROOT)]
    assert planned == sorted(planned)
    assert {lesson.name for lesson in lessons(ROOT)} <= set(planned)
    assert any(each["core"] for each in course(ROOT))
