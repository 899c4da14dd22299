"""What notebook 09 must notice: faults of the package, right and wrong answers."""

QUICK = {"updates": 400, "n_games": 2}

FAULTS = {
    "the generator follows no gradient": (
        """
from dkm.deep.gan import GANModel
GANModel.move_generator = lambda self, n: None
""",
        "In every game the generator gets the same number of updates, that of the parameters",
    ),
    "the generator is updated after every update of the critic": (
        """
from dkm.deep import gan
gan.Players.n_critic = property(lambda self: 1, lambda self, n: None)
""",
        "In every game the generator gets the same number of updates, that of the parameters",
    ),
    "the generator's loss has the other sign": (
        """
from dkm.deep import gan
right = gan.Wasserstein.generator_loss
gan.Wasserstein.generator_loss = staticmethod(lambda fake: -right(fake))
""",
        "With the critic ahead, the gap at the end is below half of its largest value",
    ),
    "the penalty has one norm for the whole batch": (
        """
import tensorflow as tf
from dkm.deep import gan
def gradient_penalty(critic, real, fake, shares):
    between = shares * real + (1 - shares) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between)
    return (tf.norm(tape.gradient(scores, between)) - 1) ** 2
gan.gradient_penalty = gradient_penalty
""",
        "The package's penalty of a linear critic with weights (3, 4) is 16",
    ),
    "the penalty is not squared": (
        """
import tensorflow as tf
from dkm.deep import gan
right = gan.gradient_penalty
gan.gradient_penalty = lambda *args: tf.sqrt(right(*args))
""",
        "The package's penalty of a linear critic with weights (3, 4) is 16",
    ),
    "a single sample covers a mode": (
        """
import numpy as np
from dkm.deep._core import gan_diagnostics as known
def covered_modes(samples, modes, radius):
    distances = np.linalg.norm(np.asarray(samples)[:, None] - modes, axis=2)
    near = distances.min(axis=1) <= radius
    return len(np.unique(distances.argmin(axis=1)[near])), 1 - near.mean()
known.covered_modes = covered_modes
""",
        "One stray sample in a hundred does not cover a mode",
    ),
}

ANSWERS = {
    "exercise-1": {
        "right": "times_as_dense = 4.48",
        "the probability": "times_as_dense = 0.82",
        "the score itself": "times_as_dense = 1.5",
        "upside down": "times_as_dense = 0.22",
        "rounded wrongly": "times_as_dense = 4.49",
        "no ratio": "times_as_dense = -1",
        "text": "times_as_dense = '4.48'",
    },
    "exercise-2": {
        "right": """
def least_squares(s_real, s_fake):
    judge = ((s_real - 1) ** 2).mean() / 2 + (s_fake**2).mean() / 2
    return judge, ((s_fake - 1) ** 2).mean() / 2


best_score = 0.75
""",
        "the generator wants a score of 0": """
def least_squares(s_real, s_fake):
    judge = ((s_real - 1) ** 2).mean() / 2 + (s_fake**2).mean() / 2
    return judge, (s_fake**2).mean() / 2


best_score = 0.75
""",
        "the labels are exchanged": """
def least_squares(s_real, s_fake):
    judge = (s_real**2).mean() / 2 + ((s_fake - 1) ** 2).mean() / 2
    return judge, ((s_fake - 1) ** 2).mean() / 2


best_score = 0.75
""",
        "sums for means": """
def least_squares(s_real, s_fake):
    judge = ((s_real - 1) ** 2).sum() / 2 + (s_fake**2).sum() / 2
    return judge, ((s_fake - 1) ** 2).sum() / 2


best_score = 0.75
""",
        "the best score of equal densities": """
def least_squares(s_real, s_fake):
    judge = ((s_real - 1) ** 2).mean() / 2 + (s_fake**2).mean() / 2
    return judge, ((s_fake - 1) ** 2).mean() / 2


best_score = 0.5
""",
        "one number instead of two": """
def least_squares(s_real, s_fake):
    return ((s_real - 1) ** 2).mean() / 2 + (s_fake**2).mean() / 2


best_score = 0.75
""",
        "no score": """
def least_squares(s_real, s_fake):
    judge = ((s_real - 1) ** 2).mean() / 2 + (s_fake**2).mean() / 2
    return judge, ((s_fake - 1) ** 2).mean() / 2


best_score = "3/4"
""",
    },
    "exercise-3": {
        "right": """
def coverage(real, made, radius):
    distances = np.linalg.norm(real[:, None] - made, axis=2)
    return (distances.min(axis=1) <= radius).mean()
""",
        "the share of made rows that are near": """
def coverage(real, made, radius):
    distances = np.linalg.norm(real[:, None] - made, axis=2)
    return (distances.min(axis=0) <= radius).mean()
""",
        "how often rows are made counts": """
def coverage(real, made, radius):
    near = (np.linalg.norm(real[:, None] - made, axis=2) <= radius).any(axis=1).mean()
    return near * len(np.unique(made, axis=0)) / len(made)
""",
        "one value a row": """
def coverage(real, made, radius):
    return np.linalg.norm(real[:, None] - made, axis=2).min(axis=1) <= radius
""",
        "the share of pairs": """
def coverage(real, made, radius):
    return (np.linalg.norm(real[:, None] - made, axis=2) <= radius).mean()
""",
    },
}
