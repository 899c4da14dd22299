"""A sequence of figures to step through, without a kernel or scripts."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from IPython.display import display

SMALL, PER_ROW = 280, 3  # CSS pixels and figures per row of the contact sheet


def stepper(title, frames):
    """Display a sequence of figures; a click or the arrow keys select the visible one.

    It is built from radio buttons and CSS and works both in reports and in JupyterLab. Reports add
    a button that plays the sequence as an animation. In print, the selected figure is shown,
    initially the first. Viewers that remove styles, as GitHub does and JupyterLab for a notebook
    that is not trusted, show a contact sheet: all figures side by side, small, with captions.

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
    # The style shows what is hidden here and writes the labels; without it they leave no trace.
    choices = "".join(
        f'<input type="radio" name="{mark}" id="{mark}-{i}"{" checked" if i == 0 else ""} '
        f'aria-label="{escape(name)}" aria-describedby="{mark}-{i}-says">'
        f'<label for="{mark}-{i}" data-name="{escape(name)}"></label>'
        for i, name in enumerate(frames)
    )
    # The caption repeats the alt text; a screen reader should read it only once.
    figures = [
        f'<td class="dkm-step-{i}" width="{100 // PER_ROW}%" '
        f'style="text-align:left;vertical-align:top">'
        f'<figure style="margin:4px"><img src="{data_uri(image)}" alt="{escape(plot.alt)}" '
        f'width="{SMALL}"><figcaption id="{mark}-{i}-says" aria-hidden="true">'
        f"{i + 1} of {len(frames)}, {escape(name)}. {escape(plot.alt)}</figcaption></figure></td>"
        for i, ((name, plot), image) in enumerate(zip(frames.items(), images, strict=True))
    ]
    rows = [figures[i : i + PER_ROW] for i in range(0, len(figures), PER_ROW)]
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    width = max(plot.width for plot in frames.values())
    return (
        f"<style>{_style(mark, len(frames), width)}</style>"
        f'<fieldset id="{mark}" class="dkm-steps"><legend>{escape(title)}</legend>'
        # JupyterLab's sanitiser drops an attribute without a value.
        f'<div hidden="hidden">{choices}</div>'
        f'<table role="presentation"><tbody>{rows}</tbody></table></fieldset>'
    )


def _style(mark, n, width):
    shown = ",".join(
        f"#{mark}:has(input:nth-of-type({i + 1}):checked) .dkm-step-{i}" for i in range(n)
    )
    return (
        f"#{mark}{{border:1px solid #888;border-radius:4px;padding:.5em 1em;margin:1em 0;"
        "min-width:0;position:relative}"
        f"#{mark} label{{padding:.2em .5em;margin:.1em;border-radius:4px;cursor:pointer;"
        "display:inline-block}"
        f"#{mark}>div[hidden]{{display:block}}"
        f"#{mark} input{{position:absolute;opacity:0}}"
        f"#{mark} label::after{{content:attr(data-name)}}"
        f"#{mark} input:checked+label{{box-shadow:inset 0 0 0 2px currentColor;font-weight:bold}}"
        f"#{mark} input:focus-visible+label{{outline:3px solid #3f90da}}"
        f"#{mark} :is(table,tbody,tr){{display:block;margin:0;border:0;background:none}}"
        f"#{mark} td{{display:none;padding:0;border:0;text-align:left}}{shown}{{display:block}}"
        f"#{mark} figure{{margin:.5em 0}}"
        f"#{mark} img{{width:{width}px;max-width:100%;height:auto;background:#fff}}"
        f"@media print{{#{mark} :is(input,label,button){{display:none}}}}"
    )
