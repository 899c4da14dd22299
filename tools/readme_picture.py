"""Draw the picture of the README: four iterations of Lloyd's algorithm.

python -m tools.readme_picture
"""

from pathlib import Path

import numpy as np

from dkm import datasets, plots
from dkm._util import blocks
from dkm.kmeans import lloyd
from dkm.plots import clusters, style

PICTURE = Path(__file__).parents[1] / "reports" / "lloyd.png"


def lloyd_states(X, C, iterations):
    """Yield (iteration, labels, centres, inertia) after each of these iterations."""
    with blocks.over(len(X), X.shape[1] + len(C)) as block_map:
        points = lloyd.prepare(X, None, block_map)
        partition = lloyd.Partition.unassigned(points, len(C))
        for iteration in range(1, max(iterations) + 1):
            _, inertia = lloyd.assign(points, partition, C)
            C, saved = lloyd.update(partition, C)
            if iteration in iterations:
                yield iteration, partition.labels.copy(), C, inertia - saved


def draw(X, start, iterations):
    """The picture, as a Plot."""
    parts, states = [], lloyd_states(X, start, iterations)
    with style.style():
        fig, axes = style.figure(3.0, width=10.4, columns=len(iterations))
        for ax, (iteration, labels, C, J) in zip(np.ravel(axes), states, strict=True):
            clusters.draw_points(ax, X, labels)
            clusters.draw_centers(ax, C)
            ax.set(title=f"iteration {iteration}: inertia {J:.0f}", aspect="equal", anchor="C")
            ax.tick_params(labelbottom=False, labelleft=False)
            parts.append(f"{J:.0f} after iteration {iteration}")
    return plots.Plot(fig, f"K-Means on 300 points, four centres: inertia {', '.join(parts)}.")


if __name__ == "__main__":
    blobs = datasets.load("blobs")
    plot = draw(blobs.X, blobs.X[[80, 90, 100, 110]].astype(np.float64), (1, 3, 4, 6))
    PICTURE.write_bytes(plot.png())
    print(plot.alt)
