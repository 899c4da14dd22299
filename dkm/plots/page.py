"""How a figure reaches the page: as an image with its alt text, or as images to step through."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
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
        buffer = BytesIO()
        with style():
            self.figure.savefig(
                buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None}
            )
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


def stepper(title, frames):
    """Display figures to step through, one at a time, without a kernel and without scripts.

    Parameters
    ----------
    title : str
        What the row of steps shows.
    frames : dict of str to Plot
        From the short name of each step, which the reader chooses by, to its figure.
    """
    images = [plot.png() for plot in frames.values()]
    mark = "dkm-steps-" + sha256(b"".join(images)).hexdigest()[:8]
    alts = [f"{name}: {plot.alt}" for name, plot in frames.items()]
    display(
        {
            "text/html": _stepper_html(title, list(frames), list(frames.values()), images, mark),
            "text/plain": "\n".join([title, *alts]),
        },
        raw=True,
    )


def _stepper_html(title, names, plots, images, mark):
    # The n-th radio button shows the n-th figure. On paper, and where a viewer drops styles, all
    # figures show one after the other, each with its caption.
    choices = "".join(
        f'<input type="radio" name="{mark}" id="{mark}-{i}"{" checked" if i == 0 else ""}>'
        f'<label for="{mark}-{i}">{escape(name)}</label>'
        for i, name in enumerate(names)
    )
    figures = "".join(
        f'<figure><img src="data:image/png;base64,{b64encode(image).decode()}" '
        f'alt="{escape(plot.alt)}" width="{plot.width}">'
        f"<figcaption>{escape(name)}. {escape(plot.alt)}</figcaption></figure>"
        for name, plot, image in zip(names, plots, images, strict=True)
    )
    shown = ",".join(
        f"#{mark} input:nth-of-type({i}):checked~div figure:nth-of-type({i})"
        for i in range(1, len(names) + 1)
    )
    css = (
        f"#{mark}{{border:1px solid #888;border-radius:4px;padding:.5em 1em;margin:1em 0}}"
        f"#{mark} label{{padding:.2em .5em;margin:.1em;border-radius:4px;cursor:pointer;"
        "display:inline-block}"
        f"#{mark} input{{position:absolute;opacity:0}}"
        f"#{mark} input:checked+label{{box-shadow:inset 0 0 0 2px currentColor;font-weight:bold}}"
        f"#{mark} input:focus-visible+label{{outline:3px solid #3f90da}}"
        f"#{mark} figure{{margin:.5em 0}}"
        f"#{mark} img{{max-width:100%;height:auto;background:#fff}}"
        f"@media screen{{#{mark} figure{{display:none}}{shown}{{display:block}}}}"
    )
    return (
        f"<style>{css}</style>"
        f'<fieldset id="{mark}"><legend>{escape(title)}</legend>{choices}<div>{figures}</div>'
        "</fieldset>"
    )
