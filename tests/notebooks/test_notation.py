"""One letter has one meaning in the whole course: the table of notebook 00 says which."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# 14 quotes formulas in the letters of their sources.
LESSONS = sorted({path.stem for path in NOTEBOOKS.glob("[0-9]*.ipynb")} - {"14_reading_claims"})
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)
WORDS = re.compile(
    r"\\(?:text|mathrm|operatorname\*?|begin|end|tag)\s*\{[^}]*\}|\\mathbb\s*\{?[A-Z]\}?"
)
COMMAND = re.compile(r"\\[A-Za-z]+")
GREEK = """alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi
rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega
""".split()  # noqa: SIM905
LOCAL = {"N", "d", "e", "T"}  # normal distribution, differential, Euler's number, transposed


def markdown(lesson):
    cells = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", 4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def formulas(text):
    return [a or b for a, b in FORMULA.findall(text)]


def letters(formula):
    """The letters of a formula, Greek ones by their names, without subscripts in words."""
    formula = WORDS.sub(" ", formula)
    formula = re.sub(r"[_^]\s*\{(?:[a-z ,]{2,}|[A-Z]{2,})\}", " ", formula)
    greek = {each[1:] for each in COMMAND.findall(formula)} & set(GREEK)
    return greek | set(re.findall(r"[A-Za-z]", COMMAND.sub(" ", formula)))


def tables(text):
    """The rows of the tables of symbols: pairs of formulas and what they mean."""
    for row in re.findall(r"^\| *(\$.*?) *\|[^|\n]*\| *(.*?) *\|$", text, re.MULTILINE):
        yield formulas(row[0]), row[1]


COURSE = list(tables(markdown("00_start_here")))
KNOWN = set().union(*(letters(each) for symbols, _ in COURSE for each in symbols)) | LOCAL


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_letter_of_a_formula_is_in_the_table_of_the_course(lesson):
    strange = {each: letters(each) - KNOWN for each in formulas(markdown(lesson))}
    assert {each: found for each, found in strange.items() if found} == {}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_letter_means_what_the_table_says(lesson):
    meanings = {}
    for symbols, meaning in COURSE:
        for symbol in symbols:
            first = min(re.finditer(r"\\?[A-Za-z]+", symbol), key=lambda m: m.start())[0]
            base = symbol if first in (r"\hat", r"\tilde") else re.split(r"[=(]", symbol)[0]
            meanings.setdefault(base.strip(), set()).update(re.findall(r"\*\*(.+?)\*\*", meaning))
    for symbols, meaning in tables(markdown(lesson)):
        for symbol in symbols:
            base = re.split(r"\\in\b|\\sim|[=(]", symbol)[0].strip()
            if base in meanings and r"\dots" not in symbol:
                said = meaning.lower()
                assert any(word.lower()[:6] in said for word in meanings[base]), (symbol, meaning)


def test_the_test_sees_a_strange_letter():
    assert letters(r"\gamma_{ik} = \operatorname{softmax}(S)") - KNOWN == {"gamma", "S"}
