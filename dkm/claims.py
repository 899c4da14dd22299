"""Statements that are measured where they are made.

A notebook states anything that can be measured by `claim`, and leaves its headline figures by
`record`. Both show themselves in the notebook and keep what was measured, as JSON, in the metadata
of the output, where the reports and the tests find it. Introduced in notebook 01.
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
    """Show whether a statement holds, and with what figures.

    It never stops a notebook: a claim that fails is shown, and counted by the report and the tests.

    Parameters
    ----------
    statement : str
        One sentence. It must be true or false, and false must be possible.
    holds : bool or callable
        Whether it is true of what was just computed. A callable is asked, with nothing, if the
        claim applies; if it raises, the statement does not hold, and the error stands beside
        `measured`: so the answer to an exercise may be anything.
    measured : str
        The figures behind `holds`. They may differ between machines and are not compared.
    source : str, optional
        Who states it, when it is not this course: an article, a paper and its equation.
    expect : bool, default=True
        What this course has found. False for a statement of somebody else that is refuted here.
    applies : bool, default=True
        False when the statement is not about the present data, or an exercise is not done yet; it
        is then shown and not counted.
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
    """Leave a headline figure for the index of the reports.

    Parameters
    ----------
    name : str
        What the figure is, with its unit.
    value : float
        The figure; a mean where there are several seeds.
    spread : float, optional
        Standard deviation over the seeds (ddof=0).
    seeds : sequence of int, optional
        The seeds that it was measured with.
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
    """The claims and records in a notebook's outputs, in order.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        A notebook with outputs.

    Returns
    -------
    claims, records : list of dict, list of dict
        As `claim` and `record` left them; each with ``cell``, the number of the cell from 0.
    """
    results = {"claim": [], "record": []}
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            for kind, content in output.get("metadata", {}).get(METADATA_KEY, {}).items():
                if kind in results:
                    results[kind].append({**content, "cell": number})
    return results["claim"], results["record"]


def failed(content: dict[str, Any]) -> bool:
    """Whether a claim, as `found` returns it, did not turn out as expected."""
    return content["applies"] and content["holds"] != content["expect"]


def _show(text, html, **content):
    display({"text/plain": text, "text/html": html}, raw=True, metadata={METADATA_KEY: content})
