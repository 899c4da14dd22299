"""Figures: their alt text, their legibility, and the steps without a script."""

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from dkm import datasets, plots
from dkm.plots import style
from dkm.plots.means import class_means

blobs = datasets.load("blobs")
C = blobs.X[::75]


EVIDENCE = {
    "k": np.array([2, 3]),
    "silhouette": np.array([0.31, 0.42]),
    "null": np.array([0.25, 0.26]),
    "stability": np.array([0.9, 0.5]),
    "stability_low": np.array([0.85, 0.3]),
    "stability_high": np.array([0.95, 0.7]),
}


def frames(shift=0.0):
    steps = [("start", None, C, None), ("1 assign", blobs.y, C, 12.34)]
    return plots.lloyd_frames(blobs.X, [*steps, ("1 update", blobs.y, C + 1 + shift, 10.0)])


def halves(places):
    """Three quarters of each place for one centre, a quarter for the other."""
    share = np.where(places[:, :1] > 0, 0.75, 0.25)
    return np.hstack([share, 1 - share])


def left(places):
    """1 at places left of the middle, 0 at the others."""
    return (places[:, 0] < 0).astype(float)


@pytest.fixture
def shown(monkeypatch):
    calls = []
    for module in ("page", "image_maps", "steppers"):
        monkeypatch.setattr(
            f"dkm.plots.{module}.display",
            lambda data, raw, metadata=None: calls.append((data, metadata)),
        )
    return calls


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        (plots.scatter(blobs.X, blobs.y, C), ["300 points", "4 clusters of 75, 75, 75, 75"]),
        (plots.lines([1, 2], {"a": [3.14, 1.5]}, xlabel="x", ylabel="y"), ["a: 3.1 to 1.5"]),
        (
            plots.lines(
                [1, 10], {"a": [2, 20]}, xlabel="x", ylabel="y", log=True, slope_within=0.5
            ),
            ["a: slope 1.00 ± 0.5"],
        ),
        (
            plots.panels({"one": (blobs.X, blobs.y), "two": (C, None)}),
            ["2 sets of points", "one: clusters of 75, 75, 75, 75; two: no clusters drawn"],
        ),
        (
            plots.panels({"lost": (blobs.X, blobs.y, np.vstack([C[1:], [[np.nan, 0]]]))}),
            ["lost: clusters of 75, 75, 75, 75, 3 centres"],
        ),
        (
            plots.evidence(EVIDENCE, 3),
            [
                "that of null data",
                "0.7 (weak), 0.8 (moderate), 0.9 (strong)",
                "k=2: 0.31, 0.25, 0.90 (0.85 to 0.95); k=3: 0.42, 0.26, 0.50 (0.30 to 0.70).",
            ],
        ),
        (plots.strips({"a": [1, 3]}, xlabel="J"), ["a: mean 2.0, deviation 1.0"]),
        (
            plots.changes({"a": ([1, 2], [3, 1]), "b": ([0], [1])}, ylabel="NMI"),
            ["NMI before and after", "one line a seed", "a: 1.50 to 2.00; b: 0.00 to 1.00"],
        ),
        (
            plots.drift({"t": {"0": (blobs.X, C, blobs.y), "1": (blobs.X, C, 3 - blobs.y)}}),
            ["t, 0: 0; t, 1: 100"],
        ),
        (
            plots.drift({"t": {"0": (np.eye(4), np.eye(4), np.arange(4))}}),
            ["Codes in the plane", "t, 0: 0."],
        ),
        (plots.images(np.eye(4), (2, 2), list("abcd")), ["4 images", "a, b, c, d"]),
        (plots.sample(blobs), ["blobs", "300 points"]),
        (plots.sample(datasets.load("digits")), ["digits", "20 images"]),
        (plots.sample(datasets.load("wine")), ["wine", "all columns", "class_0: proline +1.17;"]),
        (
            plots.soft_regions(blobs.X, C[:2], halves, np.ones((2, 2))),
            [
                "300 points, 2 centres",
                "gives 75% of itself",
                "from (-4.0, -1.7) towards (-3.0, -0.7)",
            ],
        ),
        (
            plots.surfaces({"a": (left, None), "b": (left, C + 3)}, blobs.X),
            [
                "2 surfaces",
                "a: 0.47 on average",
                "b: 0.47 on average",
                "at 4 generated ones, of which 1",
            ],
        ),
        (
            plots.sheet(np.eye(4)[[[0, 1, 2], [3, 3, 3]]], (2, 2), ["a", "b"], title="Some"),
            ["Some. 2 lines of 3 images: a, b.", "spread by 0.58", "the lines by 0.58"],
        ),
        (frames()["1 update"], ["The centres move by 1.41 to 1.41; inertia 10.0"]),
    ],
)
def test_alt_text_is_made_from_the_numbers(plot, words):
    for word in words:
        assert word in plot.alt


def test_images_without_a_title_begin_with_words():
    assert plots.images(np.eye(4), (2, 2), list("abcd")).alt == "4 images, captions a, b, c, d."
    assert plots.images(np.eye(4), (2, 2), list("abcd"), title="Some").alt.startswith("Some: 4")


def test_alt_text_follows_the_data():
    moved = plots.scatter(blobs.X, np.zeros(300, int), C + 5)
    assert moved.alt != plots.scatter(blobs.X, blobs.y, C).alt
    assert frames(1.0)["1 update"].alt != frames()["1 update"].alt


def test_show_gives_image_alt_and_width(shown):
    plot = plots.lines([1, 2], {"a": [3, 1]}, xlabel="x", ylabel="y")
    plots.show(plot)
    ((data, metadata),) = shown
    assert data["text/plain"] == metadata["image/png"]["alt"] == plot.alt
    width = int.from_bytes(data["image/png"][16:20], "big")
    assert width == 2 * metadata["image/png"]["width"]
    assert plot.png() == plot.png()


def test_steps_need_no_script_and_say_everything(shown):
    plots.stepper("Steps", frames())
    plots.stepper("Steps", frames(1.0))
    html = shown[0][0]["text/html"]
    assert "<script" not in html
    assert "http" not in html
    assert html.count('type="radio"') == html.count("<label") == html.count("<img") == 3
    assert all(re.findall(r'alt="(.*?)"', html))
    assert set(re.findall(r'for="(.*?)"', html)) == set(re.findall(r' id="([^"]*-\d)"', html))
    says = re.findall(r'aria-describedby="(.*?)"', html)
    assert says == re.findall(r'<figcaption id="(.*?)"', html)
    for name, plot in frames().items():
        assert f"{name}: {plot.alt}" in shown[0][0]["text/plain"]
    marks = [re.search(r'fieldset id="(.*?)"', data["text/html"])[1] for data, _ in shown]
    assert marks[0] != marks[1]  # two on one page do not disturb each other


def decoded(uri):
    with Image.open(BytesIO(b64decode(uri))) as image:
        return np.asarray(image.convert("L"), dtype=float)


def test_the_frames_of_steps_are_the_figures_and_take_less_room(shown):
    plots.stepper("Steps", frames())
    uris = re.findall(r'src="data:image/webp;base64,(.*?)"', shown[0][0]["text/html"])
    for uri, plot in zip(uris, frames().values(), strict=True):
        with Image.open(BytesIO(plot.png())) as image:
            np.testing.assert_array_equal(decoded(uri), np.asarray(image.convert("L")))
        assert len(b64decode(uri)) < len(plot.png()) / 2


def test_each_point_of_an_image_map_has_its_place_its_words_and_its_image(shown):
    n = 20
    X, labels = blobs.X[:n], blobs.y[:n]
    rows = np.random.default_rng(0).random((n, 6))
    said = [f"number {i} of <{n}>" for i in range(n)]
    plots.image_map("Some", X, labels, rows, (2, 3), said)
    ((data, _),) = shown
    html = data["text/html"]
    assert data["text/plain"].startswith("Some. 20 points in the plane, in ")
    assert "<script" not in html
    points = re.findall(
        r'aria-label="number (\d+) of &lt;20&gt;"( checked)? style="left:(.*?)%;top:(.*?)%">'
        r'<i style="--i:(\d+)" data-says="number (\d+) of',
        html,
    )
    number, checked, left, top, turn, again = zip(*points, strict=True)
    number = np.array(number, int)
    assert sorted(number) == list(range(n))
    assert list(number) == list(np.array(again, int))
    assert list(np.array(turn, int)) == list(range(n))
    assert (np.diff(labels[number]) >= 0).all()
    assert [bool(c) for c in checked] == [True] + [False] * (n - 1)
    # Up is up, right is right, and all of it lies within the figure.
    for places, axis, sign in ((left, 0, 1), (top, 1, -1)):
        places = np.array(places, float)
        assert 0 < places.min() < places.max() < 100
        assert sign * np.corrcoef(places, X[number, axis])[0, 1] > 0.9999
    sprite = decoded(re.search(r"url\(data:image/webp;base64,(.*?)\)", html)[1])
    dark = 255 * rows[number].reshape(-1, 3) / rows.max()
    assert np.corrcoef(sprite.ravel(), dark.ravel())[0, 1] < -0.98


def test_the_means_of_classes_are_drawn_where_they_stand():
    wine = datasets.load("wine")
    columns = [wine.X[wine.y == c].mean(axis=0) for c in range(3)]
    for most in (13, 4):
        ax = class_means(wine, most=most).figure.axes[0]
        names = [label.get_text() for label in ax.get_xticklabels()]
        at = [[n[:8] for n in wine.feature_names].index(name[:8]) for name in names]
        assert len(names) == most
        np.testing.assert_allclose(ax.images[0].get_array(), np.array(columns)[:, at], atol=1e-12)
        assert [t.get_text() for t in ax.get_yticklabels()] == list(wine.target_names)


def test_without_classes_two_columns_are_shown_and_said():
    wine = replace(datasets.load("wine"), y=None)
    assert plots.sample(wine).alt.startswith("wine: its first two columns. 178 points in the plane")


@pytest.mark.parametrize("name", ["wine", "blobs"])
def test_rows_without_a_class_are_no_class(name):
    data = datasets.load(name)
    y = np.where(np.arange(len(data.y)) % 5, data.y, -1)
    plot = plots.sample(replace(data, y=y))
    if name == "blobs":
        assert "in 4 clusters of 60, 60, 60, 60 points" in plot.alt
        assert sum(len(c.get_offsets()) for c in plot.figure.axes[0].collections) == len(y)
    else:
        assert plot.alt.count("class_") == 3


def test_groups_differ_in_shape_and_colour():
    pairs = {(style.color(i), style.marker(i)) for i in range(30)}
    assert len(pairs) == 30
    assert len({style.marker(i) for i in range(10)}) == 10


def test_colours_are_told_apart_without_red_green_vision():
    """Seen with deuteranopia (Machado et al. 2009) every two of the ten colours stay apart."""
    deuteranopia = np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ]
    )
    seen = np.array([deuteranopia @ np.array(to_rgb(c)) ** 2.2 for c in style.COLORS])
    seen = np.clip(seen, 0, 1) ** (1 / 2.2)
    gaps = np.linalg.norm(seen[:, None] - seen, axis=2)[np.triu_indices(10, 1)]
    assert gaps.min() > 0.08


def test_regions_have_the_mixed_colours_of_their_centres():
    plot = plots.soft_regions(blobs.X, C[:2], halves, np.zeros((2, 2)))
    image = plot.figure.axes[0].images[0].get_array()
    colors = np.array([to_rgb(style.color(k)) for k in range(2)])
    for corner, shares in ((image[0, 0], [0.25, 0.75]), (image[0, -1], [0.75, 0.25])):
        lightened = 1 - np.array(corner)
        wanted = 1 - np.array(shares) @ colors
        assert np.allclose(lightened / lightened.max(), wanted / wanted.max())


def test_a_long_curve_does_not_hide_under_its_marks():
    for n in (40, 41, 1000):
        line = plots.lines(range(n), {"a": range(n)}).figure.axes[0].lines[0]
        assert n / line.get_markevery() <= 40


def test_a_diagram_tells_which_loss_updates_which_box():
    boxes = {"G": (0, 0), "a\nsample": (1, 0), "loss": (2, 0)}
    plot = plots.diagram(boxes, [["G", "a\nsample", "loss"]], {"loss": [("G", 0.4)]})
    assert plot.alt == "Arrows: G to a sample to loss. Dashed arrows back: loss updates G."
    arrows = plot.figure.axes[0].patches
    assert [arrow.get_linestyle() == "solid" for arrow in arrows] == [True, True, False]
    assert plot.png()


def test_nothing_global_is_changed():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plots.scatter(blobs.X, blobs.y, C).png()
    assert dict(mpl.rcParams) == before
