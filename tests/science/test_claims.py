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
        (False, {"expect": False}, "✓ refuted, as expected: S", False),
        (True, {"expect": False}, "✗ holds, against expectation: S", True),
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
