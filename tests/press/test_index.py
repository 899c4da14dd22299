"""The index over pages: the map of the course, claims, what others state, what the search knows."""

import base64
import io
import json
import re

import nbformat
import pytest
from nbformat.v4 import new_output
from PIL import Image
from press_helpers import code, make_clone, notebook, text

from dkm.press import collect_outputs
from dkm.press.freshness import FORMAT
from dkm.press.lessons import core_path, notebooks
from dkm.press.render_page import page
from dkm.press.site import write_index

CORE = 'core = ["01_kmeans"]'


def claim(statement, **changes):
    content = {"statement": statement, "holds": True, "applies": True, "refutes": None}
    content |= {"measured": "0.5 <of> 1", "source": None, **changes}
    data = {"text/html": f"<p>{statement}</p>", "text/plain": statement}
    return new_output("display_data", data, metadata={"dkm": {"claim": content}})


def figure(width=1000, height=400, alt="Two blobs. More of it."):
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (255, 0, 0, 255)).save(file, "PNG")
    data = {"image/png": base64.b64encode(file.getvalue()).decode()}
    return new_output("display_data", data, metadata={"image/png": {"alt": alt}})


CLAIMS = [
    claim("It is fast", refutes="first article, section 2"),
    claim("It is <small>"),
    claim("It is right", holds=False),
    claim("It is open", applies=False, source="an </script> article"),
]


FILM = new_output(
    "display_data", {"text/html": '<fieldset class="dkm-steps"></fieldset>', "text/plain": "Steps"}
)


@pytest.fixture
def made():
    cells = [
        text("## A *section*\n\nWords with $x^2$ and `code`.\n\n### Below\n\nMore & more."),
        code("hidden", outputs=CLAIMS),
        code("plot", outputs=[figure(), figure(10, 10)]),
        code("film", outputs=[FILM]),
    ]
    made = notebook(*cells)
    facts = {"format": FORMAT, "key": "k", "parameters": [["k", "3"]], "changed": [], "files": []}
    facts |= {"command": "dkm report 01", "failure": None, "records": [], "seconds": 1.5}
    failed = [{"statement": "It is right", "cell": 3}]
    facts["claims"] = {"kept": 2, "failed": failed, "open": 1}
    facts |= {"provenance": {"versions": []}, "started": "2026-01-02 03:04 UTC"}
    made.metadata["dkm"] = facts
    return made


@pytest.fixture
def index(made, tmp_path):
    clone = make_clone(tmp_path / "clone", n01_kmeans=made, n02_gan=notebook("1"))
    (clone / "notebooks" / "course.toml").write_text(CORE)
    folder = tmp_path / "html"
    (folder / "notebooks").mkdir(parents=True)
    executed = nbformat.writes(made)
    (folder / "notebooks" / "01_kmeans.ipynb").write_text(executed)
    about = {"reports": {"01_kmeans": "A title"}, "key": "abc", "folder": clone}
    (folder / "01_kmeans.html").write_text(page(executed, "01_kmeans", **about))
    path = write_index(folder, notebooks(clone), {}, clone)
    return path.read_text()


def test_the_core_path_comes_first_and_the_others_stand_beside(index):
    core, beside = index.index('id="core-path"'), index.index('id="beside"')
    first, second = re.findall(r"<li id=.*?\n</li>", index, re.DOTALL)
    assert core < index.index(first) < beside < index.index(second)
    assert '<a href="01_kmeans.html">A title</a> <span class="core">core</span>' in first
    assert "read 3 min · run 4 s · took 1.5 s" in first
    assert 'class="core"' not in second
    assert "not run yet" in second
    assert "1 of 2 notebooks have been run. 2 of 3 claims passed, 1 failed." in index


def test_the_first_film_is_on_the_front_page(index):
    assert index.count('class="dkm-steps"') == 1
    assert index.index('class="dkm-steps"') < index.index('id="core-path"')


def test_without_a_plan_there_are_just_the_notebooks(tmp_path):
    assert core_path(make_clone(tmp_path / "clone")) == []


def test_each_claim_is_linked_to_where_it_was_measured(index):
    assert '<a class="bad" href="01_kmeans.html#claim-3">✗ It is right</a>' in index
    assert "<summary>1 of 3 claims failed</summary>" in index
    listed = index[index.index("<summary>1 of 3") : index.index("</details>")]
    assert '<a href="01_kmeans.html#claim-2">It is &lt;small&gt;</a>' in listed
    assert '<a href="01_kmeans.html#claim-1">It is fast</a>' in listed
    assert listed.count("<li>") == 4


def test_what_others_state_stands_beside_what_was_measured(index):
    rows = re.findall(r"<tr><td>.*?</tr>", index)
    assert len(rows) == 2
    assert rows[1] == (
        "<tr><td>first article, section 2 (states the opposite)</td>"
        '<td><a href="01_kmeans.html#claim-1">It is fast</a></td><td class="">holds</td>'
        "<td>0.5 &lt;of&gt; 1</td></tr>"
    )
    assert "does not apply to this data" in rows[0]


def test_the_search_knows_sections_and_claims_but_no_code(index):
    inlined = index[index.index('id="places">') + 12 :]
    places = json.loads(inlined[: inlined.index("</script>")])
    assert [(each["anchor"], each["heading"]) for each in places] == [
        ("A-title", "A title"), ("A-section", "A section"), ("Below", "Below"),
        ("claim-1", "It is fast"), ("claim-2", "It is <small>"),
        ("claim-3", "It is right"), ("claim-4", "It is open"),
    ]  # fmt: skip
    assert places[1]["text"] == "Words with and code ."
    assert "More & more." in places[2]["text"]
    assert {each["page"] for each in places} == {"01_kmeans.html"}
    assert "hidden" not in inlined


def test_the_first_figure_is_shown_small(index, made):
    small = collect_outputs.thumbnail(made)
    assert small["alt"] == "Two blobs."
    with Image.open(io.BytesIO(base64.b64decode(small["data"]))) as image:
        assert image.size == (360, 144)
    assert f'src="data:image/webp;base64,{small["data"]}" alt="Two blobs."' in index
    made.cells = made.cells[:3]
    assert collect_outputs.thumbnail(made) is None


@pytest.mark.parametrize(
    ("holds", "applies", "words"),
    [
        (True, True, "holds"),
        (False, True, "does not hold"),
        (False, False, "does not apply to this data"),
    ],
)
def test_a_verdict_says_what_became_of_a_claim(holds, applies, words):
    assert collect_outputs.verdict({"holds": holds, "applies": applies}) == words
