"""How a figure reaches the page: as an image with its alt text."""

from dataclasses import dataclass, field
from io import BytesIO

from IPython.display import display
from matplotlib.figure import Figure

from dkm.plots.style import DOTS_PER_INCH, style


@dataclass(frozen=True)
class Plot:
    """A figure and what it says, in words made from the numbers that it draws.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        Alternative text, for those who do not see the figure, and for the checks: it is what is
        compared when a notebook is run again. Numbers in it are rounded, or given with ±.
    """

    figure: Figure = field(repr=False)
    alt: str

    def png(self):
        """The image, as bytes."""
        return self._saved(format="png", metadata={"Software": None})

    def webp(self):
        """The same image, as bytes, in about a third of them."""
        return self._saved(format="webp", pil_kwargs={"lossless": True})

    def _saved(self, **how):
        buffer = BytesIO()
        with style():
            self.figure.savefig(buffer, dpi=DOTS_PER_INCH, **how)
        return buffer.getvalue()

    @property
    def width(self):
        """Width in CSS pixels; the image has twice as many."""
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
