"""Claims: what they show, and what they leave for reports and tests."""

import nbformat
import numpy as np
import pytest

from dkm import claims


@pytest.fixture
def shown(monkeypatch):
    outputs = []

    def display(data, raw, metadata):
        outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))

    monkeypatch.setattr(claims, "display", display)
    return outputs


@pytest.mark.parametrize(
    ("holds", "options", "text", "failed"),
    [
        (True, {}, "✓ S", False),
        (False, {}, "✗ S", True),
        (False, {"applies": False}, "– S", False),
    ],
)
def test_what_a_claim_shows(shown, holds, options, text, failed):
    claims.claim("S", holds, measured="1.234 s", source="article", **options)
    (output,) = shown
    assert output.data["text/plain"] == text
    assert "1.234 s" in output.data["text/html"]
    cell = nbformat.v4.new_code_cell(outputs=shown)
    (content,), records = claims.found(nbformat.v4.new_notebook(cells=[cell]))
    assert records == []
    assert content["cell"] == 0
    assert (content["measured"], content["source"]) == ("1.234 s", "article")
    assert claims.failed(content) == failed


@pytest.mark.parametrize(
    ("holds", "applies", "text", "measured"),
    [
        (lambda: True, True, "✓ S", "yours: x"),
        (lambda: 1 < 0, True, "✗ S", "yours: x"),
        (lambda: [1] < 3, True, "✗ S", "yours: x; TypeError: '<' not supported between"),
        (lambda: np.arange(2) < 3, True, "✗ S", "yours: x; ValueError: The truth value"),
        (lambda: 1 / 0, False, "– S", "yours: x"),
    ],
)
def test_a_claim_may_ask_and_an_error_is_a_no(shown, holds, applies, text, measured):
    claims.claim("S", holds, measured="yours: x", applies=applies)
    (output,) = shown
    assert output.data["text/plain"] == text
    assert output.metadata["dkm"]["claim"]["measured"].startswith(measured)


@pytest.mark.parametrize(
    ("left", "relation", "right", "holds", "measured"),
    [
        (1, "<", 2, True, "1 < 2"),
        (2, "<", 1, False, "2 is not < 1"),
        (np.float32(0.25), ">=", 0.25, True, "0.25 >= 0.25"),
        (np.array(3), "==", True, False, "3 is not == 1"),
        (4551.434, "<", 4551.512, True, "4551 < 4552"),
        (4551.434, "<", 4551.476, True, "4551.43 < 4551.48"),
        (123456.7, ">", 1e-12, True, "123457 > 1e-12"),
        (1 / 3, "==", 1 / 3, True, "0.3333 == 0.3333"),
        (np.nan, "!=", 0, False, "nan is not != 0"),
        (np.inf, ">", 0, True, "inf > 0"),
    ],
)
def test_a_comparison_describes_itself(shown, left, relation, right, holds, measured):
    claims.claim("S", left, relation, right, refutes="first article")
    content = shown[0].metadata["dkm"]["claim"]
    assert (content["holds"], content["measured"]) == (holds, measured)
    assert "contradicts: first article" in shown[0].data["text/html"]


def test_what_does_not_apply_is_not_compared(shown):
    claims.claim("S", None, "<", None, applies=False)
    assert shown[0].data["text/plain"] == "– S"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1, "=", 1), ValueError, "relation='=', but must be one of <, <=, ==, !=, >=, >"),
        (([1, 2], "<", 3), TypeError, "left=.* is not a number. Reduce it"),
        ((1, "<", "3"), TypeError, "right='3' is not a number"),
        ((1, "<"), TypeError, "right=None is not a number"),
        ((True,), ValueError, "The claim 'S' has no figures"),
    ],
)
def test_a_wrong_call_is_explained(shown, arguments, error, message):
    with pytest.raises(error, match=message):
        claims.claim("S", *arguments)
    assert not shown


def test_plain_text_is_the_same_on_every_machine(shown):
    claims.claim("S", True, measured="1 s")
    claims.claim("S", True, measured="2 s")
    assert shown[0].data["text/plain"] == shown[1].data["text/plain"]


def test_html_is_escaped(shown):
    claims.claim("a < b", True, measured="<script>")
    assert "<script>" not in shown[0].data["text/html"]
    assert "a &lt; b" in shown[0].data["text/html"]


def test_record(shown):
    claims.record("accuracy", 0.79312, 0.0041, range(3))
    claims.record("seconds", 12)
    assert shown[0].data["text/plain"] == "accuracy: 0.793 ± 0.004 (3 seeds)"
    assert shown[1].data["text/plain"] == "seconds: 12"
    assert shown[0].metadata["dkm"]["record"]["seeds"] == [0, 1, 2]
