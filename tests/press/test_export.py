"""What is handed on: one page alone, PDFs, an archive, the list of what was made."""

import re
import zipfile

import pytest
from press_helpers import make_clone, notebook, text

from dkm.press import PressError, export


@pytest.fixture
def clone(tmp_path):
    linked = notebook("k", text("[b](02_other.ipynb)"))
    return make_clone(tmp_path / "clone", n01_kmeans=linked, n02_other=notebook("k"))


@pytest.mark.thorough
def test_one_page_alone_links_to_no_other_and_is_not_run_twice(clone, dkm, tmp_path):
    assert dkm(clone, "report").code == 0
    site = (clone / "reports" / "html" / "01_kmeans.html").read_text()
    assert 'href="02_other.html"' in site
    made = dkm(clone, "report", "01", "--output", tmp_path / "mail" / "page.html")
    assert made.code == 0, made
    assert "01_kmeans  up to date" in made.out
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["page.html"]
    alone = (tmp_path / "mail" / "page.html").read_text()
    assert set(re.findall(r'href="([^"]*)"', alone)) == {"#main"}
    assert "<p>b</p>" in alone

    changed = dkm(clone, "report", "01", "-p", "k=4", "--output", tmp_path / "mail" / "page.html")
    assert "completed" in changed.out
    assert "<code>k = 4</code>" in (tmp_path / "mail" / "page.html").read_text()
    assert site == (clone / "reports" / "html" / "01_kmeans.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--output", "page.html"], "page.html is a single page, so name one notebook"),
        (["01", "02", "--output", "page.html"], "name one notebook"),
        (["01", "--zip", "--output", "page.html"], "--zip is for a folder"),
        (["01", "--output", "mine.html"], "mine.html was not made by dkm"),
    ],
)
def test_wrong_use_is_told_before_anything_runs(clone, dkm, arguments, words):
    (clone / "mine.html").write_text("mine")
    called = dkm(clone, "report", *arguments)
    assert called.code == 2
    assert words in called.err
    assert "running" not in called.err
    assert (clone / "mine.html").read_text() == "mine"


@pytest.mark.thorough
def test_the_archive_has_all_pages_and_a_stamp(clone, dkm):
    made = dkm(clone, "report", "--zip")
    assert made.code == 0, made
    [path] = (clone / "reports" / "html").glob("*.zip")
    assert re.fullmatch(r"dkm-[\d.]+-unknown\.zip", path.name)
    assert re.search(r"Made:\n(  reports/html/\S+ +[\d.]+ [kM]B\n){4}Open", made.out)
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
        stamp = archive.read(f"{path.stem}/VERSION.txt").decode()
    assert names == {
        "VERSION.txt", "index.html", "01_kmeans.html", "02_other.html",
        "notebooks/01_kmeans.ipynb", "notebooks/02_other.ipynb",
    }  # fmt: skip
    assert "commit unknown" in stamp
    assert "numpy " in stamp
    dkm(clone, "report", "--zip")  # which takes no older archive into the new one
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 6


@pytest.mark.thorough
def test_pages_are_printed_by_a_browser(clone, dkm):
    try:
        export.find_browser()
    except PressError as error:
        pytest.skip(str(error))
    made = dkm(clone, "report", "01", "--pdf")
    assert made.code == 0, made
    pdf = clone / "reports" / "html" / "01_kmeans.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "reports/html/01_kmeans.pdf" in made.out


def test_without_a_browser_nothing_is_run(clone, dkm, monkeypatch):
    monkeypatch.setattr(export, "BROWSERS", ())
    monkeypatch.setattr(export, "PLACES", ())
    called = dkm(clone, "report", "01", "--pdf")
    assert called.code == 2
    assert "Install Chromium, Chrome or Edge" in called.err
    assert "running" not in called.err


def test_a_browser_that_does_not_print_is_told(tmp_path):
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n")
    browser.chmod(0o755)
    (tmp_path / "page.html").write_text("x")
    with pytest.raises(PressError, match=r"browser could not print page\.html: no such th"):
        export.as_pdf(tmp_path / "page.html", str(browser))
    assert not (tmp_path / "page.pdf").exists()


@pytest.mark.thorough
def test_the_page_is_opened_where_one_asks(clone, dkm, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda uri: opened.append(uri) is None)
    assert dkm(clone, "report", "02").code == 0
    assert opened == []
    assert dkm(clone, "report", "02", "--open").code == 0
    assert opened == [(clone / "reports" / "html" / "index.html").as_uri()]
