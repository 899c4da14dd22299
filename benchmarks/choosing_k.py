"""How often `choose_k` sees clusters where there are none, and misses those there are.

    python -m benchmarks.choosing_k [--seeds 20] [--real]

Clouds without clusters of nine shapes and three sizes, and Gaussian groups planted at three to six
standard deviations from each other. Each table gets one row: the degree of the evidence, the number
of clusters that is most supported, and the seconds. Rows that exist are not measured again. A false
alarm is a cloud with at least weak evidence for clusters. The last lines of the output give the
shares with 95 % intervals (Clopper and Pearson).

With ``--real``: the verdict on the same data from one seed after the other, and beside it what one
pair of halves says of that number of clusters.
"""

import argparse
import warnings
from collections import defaultdict
from time import perf_counter

import numpy as np
from scipy.stats import beta

from benchmarks.results import read_rows, write_rows

TABLE, REAL_TABLE = "choosing_k.csv", "choosing_k_real.csv"
REAL = ("digits", "moons", "uniform", "diabetes")
SEEDS = 20
CLOUDS = {
    "normal_2": lambda rng, n: rng.standard_normal((n, 2)),
    "normal_5": lambda rng, n: rng.standard_normal((n, 5)),
    "normal_20": lambda rng, n: rng.standard_normal((n, 20)),
    "square": lambda rng, n: rng.random((n, 2)),
    "box_5": lambda rng, n: rng.random((n, 5)),
    "long": lambda rng, n: rng.standard_normal((n, 2)) * [12, 1],
    "factor_10": lambda rng, n: rng.standard_normal((n, 1)) + rng.standard_normal((n, 10)) / 2,
    "skewed": lambda rng, n: rng.exponential(size=(n, 2)),
    "heavy_3": lambda rng, n: rng.standard_t(4, (n, 3)),
    "triangle": lambda rng, n: rng.dirichlet([1, 1, 1], n)[:, :2],
}
CLOUD_ROWS = (100, 300, 1000)
GROUPS, DISTANCES, GROUP_ROWS = (2, 3, 5, 8), (3, 4, 5, 6), (30, 100)
SEEN = ("weak", "moderate", "strong")


def planted(rng, k, distance, n):
    """K Gaussian groups of n rows in max(k, 3) dimensions, each as far from every other."""
    centers = np.eye(max(k, 3))[:k] * distance / np.sqrt(2)
    return np.repeat(centers, n, axis=0) + rng.standard_normal((k * n, max(k, 3)))


def tables():
    """Yield name, true number of clusters (0 for none), rows in each, distance, and a maker."""
    for name, cloud in CLOUDS.items():
        for n in CLOUD_ROWS:
            yield name, 0, n, 0, lambda rng, cloud=cloud, n=n: cloud(rng, n)
    for k in GROUPS:
        for distance in DISTANCES:
            for n in GROUP_ROWS:
                make = lambda rng, k=k, d=distance, n=n: planted(rng, k, d, n)  # noqa: E731
                yield "groups", k, n, distance, make


def main():
    """Measure the missing rows, then summarise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--real", action="store_true", help="real data, one seed after the other")
    args = parser.parse_args()
    if args.real:
        write_rows(REAL_TABLE, [row for name in REAL for row in repeated(name, args.seeds)])
        return
    rows = read_rows(TABLE)
    have = {tuple(str(row[c]) for c in ("data", "k", "n", "distance", "seed")) for row in rows}
    for seed in range(args.seeds):
        for data, k, n, distance, make in tables():
            about = {"data": data, "k": k, "n": n, "distance": distance, "seed": seed}
            if tuple(str(value) for value in about.values()) not in have:
                rows.append(about | measure(make(np.random.default_rng(seed)), seed))
        write_rows(TABLE, rows)
    summarise(rows)


def measure(X, seed):
    """The verdict on one table."""
    from dkm.evaluation import choose_k

    began = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = choose_k.evidence(X, random_state=seed)
    supported, degree = choose_k.most_supported(found)
    seconds = round(perf_counter() - began, 2)
    return {"degree": degree, "supported": supported, "seconds": seconds}


def repeated(name, seeds):
    """Yield the verdict on one data set from each seed, and the agreement of one pair of halves."""
    from sklearn.datasets import load_diabetes

    from dkm import KMeans, datasets, metrics

    X = load_diabetes().data if name == "diabetes" else datasets.load(name).X
    for seed in range(seeds):
        row = {"data": name, "seed": seed} | measure(X, seed)
        model = KMeans(row["supported"], n_init=3)
        (pair,) = metrics.stability(model, X, n_pairs=1, random_state=seed)
        yield row | {"one_pair": round(pair, 4)}


def summarise(rows):
    """Print shares of false alarms and of groups found."""
    kinds = defaultdict(list)
    for row in rows:
        if int(row["k"]) == 0:
            kinds["clouds: false alarms"].append(row["degree"] in SEEN)
            kinds["clouds: borderline"].append(row["degree"] == "borderline")
            kinds[f"  {row['data']}: false alarms"].append(row["degree"] in SEEN)
            kinds[f"  {row['n']} rows: false alarms"].append(row["degree"] in SEEN)
        else:
            right = row["degree"] in SEEN and int(row["supported"]) == int(row["k"])
            kinds[f"groups {row['distance']} apart, {row['n']} rows each: found"].append(right)
            name = f"  {row['k']} groups {row['distance']} apart, {row['n']} rows each: found"
            kinds[name].append(right)
    for kind, values in kinds.items():
        n, hits = len(values), sum(values)
        low = beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0
        high = beta.ppf(0.975, hits + 1, n - hits) if hits < n else 1.0
        print(f"{kind} {hits} of {n}, {hits / n:.1%} ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
