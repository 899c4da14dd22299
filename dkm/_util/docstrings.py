"""Docstring text that several classes share, written once."""

import re
from collections.abc import Callable
from inspect import cleandoc
from textwrap import indent
from typing import TypeVar

Documented = TypeVar("Documented")

PLACEHOLDER = re.compile(r"^( *)%\((\w+)\)s$", re.MULTILINE)


def fill_docstring(texts: dict[str, str]) -> Callable[[Documented], Documented]:
    """Make a decorator that fills the placeholders of a docstring.

    A placeholder is a line of its own, such as ``%(verbose)s``; the text takes its indentation.
    (SciPy and pandas use the same notation.)

    Parameters
    ----------
    texts : dict of str to str

    Returns
    -------
    callable
        For a class or a function. It raises KeyError for a placeholder without a text.
    """

    def fill(documented: Documented) -> Documented:
        documented.__doc__ = PLACEHOLDER.sub(
            lambda match: indent(cleandoc(texts[match[2]]), match[1]), documented.__doc__ or ""
        )
        return documented

    return fill
