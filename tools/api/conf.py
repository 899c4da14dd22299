"""How Sphinx makes the API reference; `python -m tools.api` calls it."""

import re
from pathlib import Path

import dkm

project, author, release = "dkm", "the dkm authors", dkm.__version__
html_title = f"dkm {release}"
project_copyright = "the dkm authors"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "tools.api.formulas"]

default_role = "py:obj"  # `KMeans` in a docstring links to its page
autodoc_typehints = "none"  # the docstrings say more: shapes, dtypes, ranges
autodoc_preserve_defaults = True
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
add_module_names = False
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = [
    "style.css",
    str(Path(dkm.__file__).parent / "press" / "template" / "math.woff2"),
]
html_css_files = ["style.css"]
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_theme_options = {"navigation_with_keys": False}


def keep_initials(app, what, name, thing, options, lines):
    """See that the author of a reference, such as H. W. Kuhn, is not taken for item H of a list."""
    lines[:] = [re.sub(r"^(\s*\.\. \[\w+\] )(?=[A-Z]\. )", r"\1\\", line) for line in lines]


def setup(app):
    """Tell Sphinx; numpydoc comes after it."""
    app.connect("autodoc-process-docstring", keep_initials, priority=1)
