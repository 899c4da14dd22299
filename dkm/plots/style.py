"""The look of every figure: type, sizes, colours with shapes."""

from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.figure import Figure

# Ten colours that people with a colour-vision deficiency can tell apart: M. A. Petroff,
# "Accessible color sequences for data visualization", 2021, arXiv:2107.02270.
COLORS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
MARKERS = "osD^vP*X<>"
LINES = ("-", "--", "-.", ":")
INK = "#1a1a1a"

WIDTH = 7.2  # inches; 720 CSS pixels in a page
DOTS_PER_INCH = 200  # twice the density of such a pixel

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,  # names of columns may hold any signs, such as $
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "svg.hashsalt": "dkm",
}


@contextmanager
def style():
    """The settings of matplotlib that figures are made and drawn with."""
    with mpl.rc_context(_RC):
        yield


def figure(height, *, width=WIDTH, rows=1, columns=1):
    """A figure of this size in inches, outside of pyplot, and its axes."""
    fig = Figure(figsize=(width, height), layout="constrained")
    return fig, fig.subplots(rows, columns, squeeze=rows == columns == 1)


def color(i):
    """Colour of the i-th group."""
    return COLORS[i % len(COLORS)]


def marker(i):
    """Shape of the i-th group: it differs wherever the colour does."""
    return MARKERS[(i + i // len(MARKERS)) % len(MARKERS)]


def line(i):
    """Kind of line of the i-th group."""
    return LINES[i % len(LINES)]
