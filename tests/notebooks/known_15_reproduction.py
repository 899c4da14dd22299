"""What notebook 15 must notice: faults of the package. Its exercises are still to come."""

QUICK = {}

FAULTS = {
    "no tolerance is heeded": (
        """
from dkm import DEC
right = DEC.fit
def fit(self, X, y=None, right=right, **options):
    self.tol = 0
    return right(self, X, y, **options)
DEC.fit = fit
""",
        "A tolerance of a half stops at the second target",
    ),
    "the slope of a curve is twice what it is": (
        "from dkm import plots\nplots.slope = lambda x, y, right=plots.slope: 2 * right(x, y)",
        "From a hundred thousand to ten million samples the time is linear in n",
    ),
}

ANSWERS = {}
