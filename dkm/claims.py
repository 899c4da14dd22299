"""Claims that are checked where they are stated, and recorded results.

Notebooks state everything measurable with `claim` and store their main results with `record`. Both
display their text and store the measurements as JSON in the metadata of the output, where the
reports and the tests find them. Introduced in notebook 01.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from IPython.display import display

METADATA_KEY = "dkm"


def claim(
    statement: str,
    holds: bool | Callable[[], bool],
    *,
    measured: str,
    source: str | None = None,
    expect: bool = True,
    applies: bool = True,
) -> None:
    """Display whether a statement holds, with the supporting figures.

    A failed claim does not stop the notebook; it is displayed, and counted by the report and the
    tests.

    Parameters
    ----------
    statement : str
        One falsifiable sentence.
    holds : bool or callable
        Whether the statement is true of the results just computed. A callable is called without
        arguments, provided that the claim applies. If it raises an exception, the statement does
        not hold and the error is displayed after `measured`, so the answer to an exercise may be
        of any type.
    measured : str
        The figures behind `holds`. They may differ between machines and are not compared.
    source : str, optional
        Where the statement was made, if not in this course, such as an article, or a paper and
        its equation.
    expect : bool, default=True
        The expected value of `holds`. Use False for a statement by others that is refuted here.
    applies : bool, default=True
        False if the statement does not concern the current data, or an exercise has not been
        solved yet; the claim is then displayed but not counted.
    """
    expect, applies = bool(expect), bool(applies)
    if callable(holds):
        try:
            holds = applies and bool(holds())
        except Exception as error:
            holds, measured = False, f"{measured}; {type(error).__name__}: {error}"
    holds = bool(holds)
    if not applies:
        text = f"– {statement}"
    elif expect:
        text = f"{'✓' if holds else '✗'} {statement}"
    else:
        verdict = "✗ holds, against expectation:" if holds else "✓ refuted, as expected:"
        text = f"{verdict} {statement}"
    state = "open" if not applies else "kept" if holds == expect else "failed"
    details = f"measured: {measured}" + (f" · stated in: {source}" if source else "")
    _show(
        text,
        f'<p class="dkm-claim dkm-{state}">{escape(text)}<br><small>{escape(details)}</small></p>',
        claim={
            "statement": statement,
            "holds": holds,
            "expect": expect,
            "applies": applies,
            "measured": measured,
            "source": source,
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
    """Whether a claim returned by `found` contradicts its expectation."""
    return content["applies"] and content["holds"] != content["expect"]


def _show(text, html, **content):
    display({"text/plain": text, "text/html": html}, raw=True, metadata={METADATA_KEY: content})
