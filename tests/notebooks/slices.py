"""The cells of a notebook that others depend on, by the names that they share.

The slice may miss what cells share in other ways, such as an array with two names. Whoever uses it
therefore sees first that it gives, without a fault, what the whole notebook gives.
"""

import ast
import symtable

TRAINING = {"fit", "fit_predict", "fit_transform", "partial_fit"}


def needed(sources, targets):
    """The numbers of the cells that `targets` depend on, themselves included, in order.

    Parameters
    ----------
    sources : sequence of str
        The code of each cell, empty for text.
    targets : iterable of int
        The cells that are wanted.
    """
    targets, imported = set(targets), set().union(*map(_imported, sources))
    kept, names = [], set()
    for number in range(max(targets), -1, -1):
        bound, changed, used = _names(sources[number])
        if number in targets or names & (bound | changed - imported):
            kept.append(number)
            names = names - bound | changed | used
    return sorted(kept)


def _names(source):
    """The names that a cell binds, those whose objects it changes, and those that it uses.

    A name counts as bound if it is bound at the top, in whatever branch: cells do not bind half.
    """
    top = symtable.symtable(source, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        those = (s for s in table.get_symbols() if s.is_referenced())
        used |= {s.get_name() for s in those if table is top or s.is_global()}
    changed = set(filter(None, map(_changed, ast.walk(ast.parse(source)))))
    return bound, changed, used


def _changed(node):
    """The name whose object a piece of code changes in place; None where there is none."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return _root(node)
    called = node.value if isinstance(node, ast.Expr) else node
    method = isinstance(called, ast.Call) and isinstance(called.func, ast.Attribute)
    if method and (called is not node or called.func.attr in TRAINING):
        return _root(called.func)
    return None


def _root(node):
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _imported(source):
    top = symtable.symtable(source, "cell", "exec")
    return {s.get_name() for s in top.get_symbols() if s.is_imported()}
