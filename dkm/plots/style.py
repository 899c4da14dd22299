"""The style shared by all figures: fonts, sizes, colours and markers."""

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
DOTS_PER_INCH = 200  # two image pixels per CSS pixel

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
    "text.parse_math": False,  # column names may contain any character, such as $
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
    """Context in which figures are created and drawn with these matplotlib settings."""
    with mpl.rc_context(_RC):
        yield


def figure(height, *, width=WIDTH, rows=1, columns=1):
    """Create a figure of this size in inches, without pyplot, and return it with its axes."""
    fig = Figure(figsize=(width, height), layout="constrained")
    return fig, fig.subplots(rows, columns, squeeze=rows == columns == 1)


def color(i):
    """Colour of the i-th group."""
    return COLORS[i % len(COLORS)]


def marker(i):
    """Marker of the i-th group.

    The first ten groups differ in both colour and marker, the first hundred in the combination.
    """
    return MARKERS[(i + i // len(MARKERS)) % len(MARKERS)]


def line(i):
    """Line style of the i-th group."""
    return LINES[i % len(LINES)]
