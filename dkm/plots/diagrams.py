"""Diagrams of how networks are connected, and of which loss updates which."""

from itertools import pairwise

from matplotlib.patches import FancyArrowPatch

from dkm.plots.page import Plot
from dkm.plots.style import INK, color, figure, style


def diagram(boxes, ways, gradients, *, title="", height=3.0):
    """Boxes joined by arrows, and dashed arrows back for gradients.

    Parameters
    ----------
    boxes : dict of str to (float, float)
        The text of each box, which may have several lines, and its place.
    ways : list of list of str
        Each way passes through these boxes in order.
    gradients : dict of str to list of (str, float)
        For a box, such as a loss, the boxes that its gradients update, each with the bend of its
        arrow: positive to the left of its direction. All arrows from one box have one colour.
    title : str
    height : float
        In inches.

    Returns
    -------
    Plot
    """
    frame = {"facecolor": "white", "edgecolor": INK, "boxstyle": "round,pad=0.4"}
    with style():
        fig, ax = figure(height)
        patches = {}
        for name, place in boxes.items():
            words = ax.text(*place, name, ha="center", va="center", bbox=frame, fontsize=9.5)
            patches[name] = words.get_bbox_patch()

        def join(start, end, **look):
            ends = {"patchA": patches[start], "patchB": patches[end], "shrinkA": 3, "shrinkB": 3}
            look = {"arrowstyle": "-|>", "mutation_scale": 14, **ends, **look}
            ax.add_patch(FancyArrowPatch(boxes[start], boxes[end], **look))

        for start, end in [pair for way in ways for pair in pairwise(way)]:
            join(start, end, color=INK, lw=1.3)
        for i, (start, ends) in enumerate(gradients.items()):
            for end, bend in ends:
                bow = {"connectionstyle": f"arc3,rad={bend}", "linestyle": (0, (3, 2))}
                join(start, end, color=color(2 * i), lw=2, **bow)
        across, up = zip(*boxes.values(), strict=True)
        ax.set(xlim=(min(across) - 0.4, max(across) + 0.6), ylim=(min(up) - 0.7, max(up) + 0.7))
        ax.set_title(title)
        ax.set_axis_off()
    told = [" to ".join(_one_line(each) for each in way) for way in ways]
    back = [
        f"{_one_line(start)} updates {' and '.join(_one_line(end) for end, _ in ends)}"
        for start, ends in gradients.items()
    ]
    head = f"{title}. " if title else ""
    return Plot(fig, f"{head}Arrows: {'; '.join(told)}. Dashed arrows back: {'; '.join(back)}.")


def _one_line(text):
    return " ".join(text.split())
