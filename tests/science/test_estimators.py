"""scikit-learn's own checks of the contract."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from dkm import KMeans, MiniBatchKMeans

# scikit-learn excuses its own KMeans from the same two: the random starts draw differently from
# weights than from repeated rows. From given centres they agree, see test_weights_repeat_rows.
EXCUSED = {
    f"check_sample_weight_equivalence_on_{kind}_data": "random starts draw from other rows"
    for kind in ("dense", "sparse")
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [KMeans(), MiniBatchKMeans()], expected_failed_checks=lambda estimator: EXCUSED
)
def test_scikit_learn_check(estimator, check):
    check(estimator)
