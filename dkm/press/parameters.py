"""Parameters of notebooks: their names and meanings, and checks of given values.

They are the literals assigned in the cell tagged ``parameters``. The type of the default determines
which values are accepted; an accepted value has exactly that type.
"""

import ast
import io
import math
import tokenize
from dataclasses import dataclass

from dkm.press import PressError


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook.

    Attributes
    ----------
    name : str
        Its name.
    default : int, float, bool, str, list, tuple or None
        Its value in the notebook.
    meaning : str
        The comment after it.
    """

    name: str
    default: object
    meaning: str = ""


def declared(source, notebook):
    """The parameters in the source of a parameters cell.

    Parameters
    ----------
    source : str
        Assignments of literals, each with its meaning in a comment at the end of the line.
    notebook : str
        Name of the notebook, for error messages.

    Returns
    -------
    dict of str -> Parameter

    Raises
    ------
    PressError
        If the cell contains anything but assignments of plain values.
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise PressError(
            f"{notebook}: the parameters cell is not valid Python "
            f"({error.msg}, line {error.lineno})."
        ) from error
    comments = _comments(source)
    found = {}
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a string used as a comment
        name = _target(statement)
        try:
            default = ast.literal_eval(statement.value)
        except (ValueError, AttributeError):
            name = None
        if name is None:
            raise PressError(
                f"{notebook}: line {statement.lineno} of the parameters cell is not an assignment "
                "of a plain value. Only lines such as n_clusters = 10 can be parameters."
            )
        found[name] = Parameter(name, default, comments.get(statement.end_lineno, ""))
    return found


def parse_changes(texts):
    """Split the arguments given as ``-p name=value``.

    Parameters
    ----------
    texts : sequence of str
        The arguments.

    Returns
    -------
    dict of str -> str
        Name to value, both as text.

    Raises
    ------
    PressError
        If there is no ``=``, or a name is given twice.
    """
    changes = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not (equals and name):
            raise PressError(
                f"-p {text} does not have the form name=value, such as -p n_clusters=8."
            )
        if name in changes:
            raise PressError(
                f"-p {name} is given twice ({changes[name]} and {value}). Give it once."
            )
        changes[name] = value
    return changes


def read_values(lesson, changes):
    """The changed parameters of a notebook, as values of the right type.

    Parameters
    ----------
    lesson : Lesson
        The notebook.
    changes : dict of str -> str
        Name to text, from `parse_changes`.

    Returns
    -------
    dict of str -> value

    Raises
    ------
    PressError
        If a parameter does not exist or its value has the wrong type.
    """
    values = {}
    for name, text in changes.items():
        if name not in lesson.parameters:
            has = ", ".join(lesson.parameters) or "none"
            raise PressError(f"{lesson.name} has no parameter '{name}'. It has: {has}.")
        default = lesson.parameters[name].default
        try:
            values[name] = _fit(_literal(text, default), default)
        except ValueError:
            raise PressError(
                f"{lesson.name}: {name}={text} is not {_kind(default)}. "
                f"The default is {default!r}; for example, write -p {as_argument(name, default)}."
            ) from None
    return values


def as_argument(name, value):
    """The argument of ``-p`` that sets this value, quoted for a shell."""
    text = value if isinstance(value, str) else repr(value)
    argument = f"{name}={text}"
    plain = all(character.isalnum() or character in "_-=.,/:+" for character in argument)
    return argument if plain else '"' + argument.replace('"', '\\"') + '"'


def _target(statement):
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _comments(source):
    """Line number -> text of the comment on that line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _literal(text, default):
    """The value that a text represents, given the type that is expected."""
    if isinstance(default, bool) and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = text
    # Words need no quotes, and 2024 is a str if a str is expected. For several words, commas
    # between them are enough.
    several = isinstance(default, list | tuple) and all(isinstance(each, str) for each in default)
    if several and not isinstance(value, list | tuple):
        words = value if isinstance(value, str) else text
        return [word.strip() for word in words.split(",") if word.strip()]
    return text if isinstance(default, str) and not isinstance(value, str) else value


def _fit(value, default):
    """`value` with the type of `default`; ValueError if the types differ."""
    if default is None:
        return value
    if isinstance(default, list | tuple):
        if not isinstance(value, list | tuple):
            raise ValueError
        pattern = default[0] if default else None
        return type(default)(_fit(item, pattern) for item in value)
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise ValueError
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    return value


def _kind(default):
    """A description of the expected type."""
    words = {bool: "True or False", int: "an int", float: "a finite float", str: "a str"}
    if isinstance(default, list | tuple):
        items = f" of {type(default[0]).__name__}" if default else ""
        return f"a {type(default).__name__}{items}"
    return words.get(type(default), f"a {type(default).__name__}")
