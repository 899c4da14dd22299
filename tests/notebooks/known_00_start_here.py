"""What notebook 00 must notice: faults of the package, right and wrong answers."""

QUICK = {"n_seeds": 2}

FAULTS = {
    "the score knows nothing of the clusters": (
        "import dkm\ndkm.KMeans.score = lambda *arguments, **options: -1000.0",
        "Twice as many colours leave less than three quarters of the inertia",
    ),
    "every run has the same seed": (
        "import numpy as np\n"
        "from dkm._util import checks\n"
        "checks.random_generator = lambda random_state: np.random.default_rng(0)",
        "Single starts of K-Means end at different inertias",
    ),
    "no seed is heeded": (
        "import numpy as np\n"
        "from dkm._util import checks\n"
        "checks.random_generator = lambda random_state: np.random.default_rng()",
        "The same seed gives the same colours again, to the last digit",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "fewest_colors = 5",
        "one too few": "fewest_colors = 4",
        "more than needed": "fewest_colors = 6",
        "one": "fewest_colors = 1",
        "a list": "fewest_colors = [5]",
        "a word": "fewest_colors = 'five'",
    },
    "exercise-2": {
        "right": 'can_fail = "BD"',
        "all": 'can_fail = "ABCD"',
        "one of them": 'can_fail = "D"',
        "nothing": 'can_fail = ""',
        "a number": "can_fail = 2",
    },
    "exercise-3": {
        "right": 'broken_promises = "B"',
        "the time counts": 'broken_promises = "BD"',
        "the edge counts": 'broken_promises = "AB"',
    },
}
