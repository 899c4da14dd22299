"""Claims that are checked where they are stated, and recorded results.

Notebooks state everything measurable with `claim` and store their main results with `record`. Both
display their text and store the measurements as JSON in the metadata of the output, where the
reports and the tests find them. Introduced in notebook 01.
"""

import math
import operator
from collections.abc import Sequence
from html import escape
from typing import Any

from IPython.display import display

METADATA_KEY = "dkm"
MARKS = {"kept": "✓", "failed": "✗", "open": "–"}
RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


def claim(
    statement: str,
    left: Any,
    relation: str | None = None,
    right: Any = None,
    *,
    measured: str | None = None,
    source: str | None = None,
    refutes: str | None = None,
    applies: bool = True,
) -> None:
    """Display whether a statement holds, with the supporting figures.

    Most statements compare two numbers: ``claim("Ten starts end lower than one", ten, "<", one)``
    measures and describes itself. All others give the answer, or a function that finds it, and
    `measured`. A failed claim does not stop the notebook; it is displayed, and counted by the
    report and the tests.

    Parameters
    ----------
    statement : str
        One falsifiable sentence, and the true one where sources disagree.
    left : number, bool or callable
        The left side of the comparison. Without `relation`: whether the statement is true of the
        results just computed. A callable is called without arguments, provided that the claim
        applies. If it raises an exception, the statement does not hold and the error is displayed
        after `measured`, so the answer to an exercise may be of any type.
    relation : {"<", "<=", "==", "!=", ">=", ">"}, optional
        How `left` compares with `right`. A comparison with NaN never holds.
    right : number, optional
        The right side of the comparison.
    measured : str, optional
        The figures behind the answer; by default the comparison itself. They may differ between
        machines and are not compared.
    source : str, optional
        Where the statement was made, if not in this course, such as an article, or a paper and
        its equation.
    refutes : str, optional
        Who states the opposite.
    applies : bool, default=True
        False if the statement does not concern the current data, or an exercise has not been
        solved yet; the claim is then displayed but not counted.

    Raises
    ------
    TypeError
        If a comparison is asked of something that is not a single number.
    ValueError
        If `relation` is unknown, or neither it nor `measured` is given.
    """
    applies = bool(applies)
    if relation is None and measured is None:
        raise ValueError(
            f"The claim {statement!r} has no figures. Compare two numbers, as in "
            'claim("...", a, "<", b), or say in measured="..." what was measured.'
        )
    if relation is not None and applies:
        holds, comparison = _compare(left, relation, right)
        measured = comparison if measured is None else measured
    else:
        holds, measured = _answer(left, measured or "", applies)
    state = "open" if not applies else "kept" if holds else "failed"
    text = f"{MARKS[state]} {statement}"
    details = [("measured", measured), ("stated in", source), ("contradicts", refutes)]
    details = " · ".join(f"{name}: {words}" for name, words in details if words)
    _show(
        text,
        f'<p class="dkm-claim dkm-{state}">{escape(text)}<br><small>{escape(details)}</small></p>',
        claim={
            "statement": statement,
            "holds": holds,
            "applies": applies,
            "measured": measured,
            "source": source,
            "refutes": refutes,
        },
    )


def record(
    name: str,
    value: float,
    spread: float | None = None,
    seeds: Sequence[int] | None = None,
) -> None:
    """Display a main result and store it for the index of the reports.

    Parameters
    ----------
    name : str
        Name of the result, with its unit.
    value : float
        The value; the mean if there are several seeds.
    spread : float, optional
        Standard deviation over the seeds (ddof=0).
    seeds : sequence of int, optional
        The seeds used for the measurement.
    """
    value = float(value)
    spread = None if spread is None else float(spread)
    seeds = None if seeds is None else [int(seed) for seed in seeds]
    text = f"{name}: {value:.4g}" if spread is None else f"{name}: {value:.3f} ± {spread:.3f}"
    text += f" ({len(seeds)} seeds)" if seeds else ""
    _show(
        text,
        f'<p class="dkm-record">{escape(text)}</p>',
        record={"name": name, "value": value, "spread": spread, "seeds": seeds},
    )


def found(notebook: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Collect the claims and records from a notebook's outputs, in order.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A notebook with outputs.

    Returns
    -------
    claims, records : list of dict, list of dict
        As stored by `claim` and `record`, each with ``cell``, the index of its cell, from 0.
    """
    results = {"claim": [], "record": []}
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            for kind, content in output.get("metadata", {}).get(METADATA_KEY, {}).items():
                if kind in results:
                    results[kind].append({**content, "cell": number})
    return results["claim"], results["record"]


def failed(content: dict[str, Any]) -> bool:
    """Whether a claim returned by `found` applies and does not hold."""
    return content["applies"] and not content["holds"]


def _compare(left, relation, right):
    """Whether the relation holds, and the comparison in words."""
    if relation not in RELATIONS:
        raise ValueError(f"relation={relation!r}, but must be one of {', '.join(RELATIONS)}.")
    for side, value in {"left": left, "right": right}.items():
        if isinstance(value, str) or not hasattr(value, "__float__") or getattr(value, "ndim", 0):
            raise TypeError(
                f"{side}={value!r} is not a number. Reduce it to one first, for example by its "
                "minimum or mean."
            )
    left, right = float(left), float(right)
    holds = RELATIONS[relation](left, right) and not (math.isnan(left) or math.isnan(right))
    for digits in (4, 6, 17):  # as few as tell the two apart
        words = [_in_words(value, digits) for value in (left, right)]
        if words[0] != words[1] or left == right:
            break
    return bool(holds), f"{words[0]} {'' if holds else 'is not '}{relation} {words[1]}"


def _in_words(value, digits):
    if 1 <= abs(value) < 1e15:
        digits = max(digits, len(f"{abs(value):.0f}"))
    return f"{value:.{digits}g}"


def _answer(left, measured, applies):
    """What a claim without a comparison found, and the figures with the error, if there was one."""
    if not applies:
        return False, measured
    try:
        return bool(left() if callable(left) else left), measured
    except Exception as error:
        return False, f"{measured}; {type(error).__name__}: {error}"


def _show(text, html, **content):
    display({"text/plain": text, "text/html": html}, raw=True, metadata={METADATA_KEY: content})
