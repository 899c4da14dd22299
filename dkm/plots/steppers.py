"""A sequence of figures to step through, without a kernel or scripts."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from IPython.display import display


def stepper(title, frames):
    """Display a sequence of figures; a click or the arrow keys select the visible one.

    It is built from radio buttons and CSS and works both in reports and in JupyterLab. Reports add
    a button that plays the sequence as an animation. In print, the selected figure is shown,
    initially the first. Viewers that remove styles show all figures with their captions.

    Parameters
    ----------
    title : str
        Title of the sequence.
    frames : dict of str to Plot
        Maps a short name, shown on the button of each step, to its figure.
    """
    images = [plot.webp() for plot in frames.values()]
    alts = [f"{name}: {plot.alt}" for name, plot in frames.items()]
    display(
        {
            "text/html": _html(title, frames, images, element_id(*images)),
            "text/plain": "\n".join([title, *alts]),
        },
        raw=True,
    )


def element_id(*images):
    """HTML id derived from the images, given as bytes."""
    return "dkm-" + sha256(b"".join(images)).hexdigest()[:8]


def data_uri(image):
    """Data URI that embeds a WebP image, given as bytes."""
    return f"data:image/webp;base64,{b64encode(image).decode()}"


def _html(title, frames, images, mark):
    choices = "".join(
        f'<input type="radio" name="{mark}" id="{mark}-{i}" aria-describedby="{mark}-{i}-says"'
        f'{" checked" if i == 0 else ""}><label for="{mark}-{i}">{escape(name)}</label>'
        for i, name in enumerate(frames)
    )
    # The caption repeats the alt text; a screen reader should read it only once.
    figures = "".join(
        f'<figure><img src="{data_uri(image)}" alt="{escape(plot.alt)}" '
        f'width="{plot.width}"><figcaption id="{mark}-{i}-says" aria-hidden="true">'
        f"{i + 1} of {len(frames)}, {escape(name)}. {escape(plot.alt)}</figcaption></figure>"
        for i, ((name, plot), image) in enumerate(zip(frames.items(), images, strict=True))
    )
    return (
        f'<style>{_style(mark, len(frames))}</style><fieldset id="{mark}" class="dkm-steps">'
        f"<legend>{escape(title)}</legend>{choices}<div>{figures}</div></fieldset>"
    )


def _style(mark, n):
    shown = ",".join(
        f"#{mark} input:nth-of-type({i}):checked~div figure:nth-of-type({i})"
        for i in range(1, n + 1)
    )
    return (
        f"#{mark}{{border:1px solid #888;border-radius:4px;padding:.5em 1em;margin:1em 0;"
        "min-width:0;position:relative}"
        f"#{mark} label{{padding:.2em .5em;margin:.1em;border-radius:4px;cursor:pointer;"
        "display:inline-block}"
        f"#{mark} input{{position:absolute;opacity:0}}"
        f"#{mark} input:checked+label{{box-shadow:inset 0 0 0 2px currentColor;font-weight:bold}}"
        f"#{mark} input:focus-visible+label{{outline:3px solid #3f90da}}"
        f"#{mark} figure{{display:none;margin:.5em 0}}{shown}{{display:block}}"
        f"#{mark} img{{max-width:100%;height:auto;background:#fff}}"
        f"@media print{{#{mark} :is(input,label,button){{display:none}}}}"
    )
