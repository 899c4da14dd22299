"""What is public, and the source of one page for each module and each class.

Public is what can be reached from ``dkm.__all__``. A module without ``__all__`` offers those of its
functions and classes whose docstring has sections (Parameters, Returns, Attributes): helpers have a
line alone. Nothing is listed by hand, so that a name that is added or moved is found.
"""

import inspect
import re

import dkm

SECTION = re.compile(r"^\s*(Parameters|Returns|Attributes)\n\s*---", re.MULTILINE)
FRONT = """
API reference
=============

The public names of ``dkm`` {version}. Clusterers have the interface of scikit-learn; the notebooks
of `the course <../index.html>`__ introduce each of them.

Clusterers and generators
-------------------------

.. autosummary::
   :nosignatures:

   {classes}

Modules
-------

.. list-table::
   :widths: 25 75

   {modules}

.. toctree::
   :hidden:
   :caption: Clusterers and generators

   {class_pages}

.. toctree::
   :hidden:
   :caption: Modules

   {module_pages}
"""
NEXT = "\n   "  # the next line of a directive


def public(names=None):
    """The pages: public name of a module -> module, what it offers by name.

    `dkm` comes first. Of two modules that offer the same, the one with the shorter name is found.
    """
    found, waiting = {}, [("dkm", dkm)]
    while waiting:
        path, module = waiting.pop(0)
        own = _offered(module)
        if names is not None and module is dkm:
            own = {name: each for name, each in own.items() if name in names}
        waiting += [(f"{path}.{n}", each) for n, each in own.items() if inspect.ismodule(each)]
        kinds = {n: each for n, each in own.items() if inspect.isroutine(each) or _is_class(each)}
        if kinds not in [known for _, known in found.values() if known]:
            found[path] = module, kinds
    return found


def write(folder, names=None):
    """Write the source of all pages into a folder."""
    found = public(names)
    root = found.pop("dkm")[1]
    found = dict(sorted(found.items()))
    classes = {f"dkm.{name}": each for name, each in root.items() if _is_class(each)}
    homes = {id(each): name for name, each in classes.items()}
    for path, (_, own) in found.items():
        for name, each in own.items():
            homes.setdefault(id(each), f"{path}.{name}")
    for path, (module, own) in found.items():
        here = {name: each for name, each in own.items() if homes[id(each)] == f"{path}.{name}"}
        inside = [other for other in found if other.startswith(f"{path}.")]
        text = _module_page(path, module, [homes[id(each)] for each in own.values()], here, inside)
        (folder / f"{path}.rst").write_text(text, encoding="utf-8")
    for path, each in classes.items():
        text = f"{_title(path)}\n{_class(path, each)}"
        (folder / f"{path}.rst").write_text(text, encoding="utf-8")
    rows = [f"* - :doc:`{path}`\n     - {_first_line(each)}" for path, (each, _) in found.items()]
    front = FRONT.format(
        version=dkm.__version__,
        classes=NEXT.join(f"~{path}" for path in classes),
        modules=NEXT.join(rows),
        class_pages=NEXT.join(f"{path.removeprefix('dkm.')} <{path}>" for path in classes),
        module_pages=NEXT.join(found),
    )
    (folder / "index.rst").write_text(front, encoding="utf-8")


def _offered(module):
    names = getattr(module, "__all__", None)
    if names is not None:
        return {name: getattr(module, name) for name in names}
    return {name: each for name, each in vars(module).items() if _is_offered(module, name, each)}


def _is_offered(module, name, each):
    if name.startswith("_") or getattr(each, "__module__", None) != module.__name__:
        return False
    return bool(SECTION.search(each.__doc__ or ""))


def _is_class(each):
    return isinstance(each, type)


def _title(text):
    return f"{text}\n{'=' * len(text)}\n"


def _first_line(module):
    return inspect.getdoc(module).partition("\n\n")[0].replace("\n", " ")


def _module_page(path, module, all_names, here, inside):
    """The docstring of a module, a table of what it offers, and all that has no other page."""
    parts = [_title(path), f".. automodule:: {module.__name__}\n   :no-index:\n"]
    parts += [f"- :doc:`{other}`" for other in inside] + [""]
    if all_names:
        table = NEXT.join(f"~{name}" for name in all_names)
        parts.append(
            f".. currentmodule:: None\n\n.. autosummary::\n   :nosignatures:\n\n   {table}\n"
        )
    for name, each in here.items():
        parts.append(f"{name}\n{'-' * len(name)}\n")
        entry = f".. autofunction:: {path}.{name}\n"
        parts.append(_class(f"{path}.{name}", each) if _is_class(each) else entry)
    return "\n".join(parts)


def _class(path, each):
    """A class with its own methods; what scikit-learn gives to every estimator is only named."""
    names = [n for n, m in inspect.getmembers(each, inspect.isroutine) if not n.startswith("_")]
    origin = {n: (getattr(getattr(each, n), "__module__", None) or "") for n in names}
    ours = [n for n in names if origin[n].startswith("dkm")]
    theirs = [n for n in names if origin[n].startswith("sklearn")]
    theirs = [n for n in theirs if not n.endswith("_request") and n != "get_metadata_routing"]
    text = f".. autoclass:: {path}\n"
    text += "".join(f"\n   .. automethod:: {path}.{name}\n" for name in ours)
    if theirs:
        named = ", ".join(f"``{name}``" for name in theirs)
        text += f"\n   As every estimator of scikit-learn it also has {named}.\n"
    return text
