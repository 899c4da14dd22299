"""Display of a figure as an image with alt text."""

from dataclasses import dataclass, field
from io import BytesIO

from IPython.display import display
from matplotlib.figure import Figure

from dkm.plots.style import DOTS_PER_INCH, style


@dataclass(frozen=True)
class Plot:
    """A figure and a description generated from the plotted numbers.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        Alternative text for readers who cannot see the figure. It is also what the tests compare
        when a notebook is run again, so numbers in it are rounded or given with ±.
    """

    figure: Figure = field(repr=False)
    alt: str

    def png(self):
        """The image in PNG format, as bytes."""
        return self._saved(format="png", metadata={"Software": None})

    def webp(self):
        """The image in WebP format, as bytes; about a third of the size of the PNG."""
        return self._saved(format="webp", pil_kwargs={"lossless": True})

    def _saved(self, **options):
        buffer = BytesIO()
        with style():
            self.figure.savefig(buffer, dpi=DOTS_PER_INCH, **options)
        return buffer.getvalue()

    @property
    def width(self):
        """Width in CSS pixels; the image has twice as many pixels."""
        return round(self.figure.get_figwidth() * DOTS_PER_INCH / 2)


def show(plot):
    """Display a figure with its alt text.

    Parameters
    ----------
    plot : Plot
    """
    display(
        {"image/png": plot.png(), "text/plain": plot.alt},
        raw=True,
        metadata={"image/png": {"alt": plot.alt, "width": plot.width}},
    )
