"""The scores of `dkm.evaluation.metrics`, under the short name that users type."""

from dkm.evaluation.metrics import *  # noqa: F403
from dkm.evaluation.metrics import __all__  # noqa: F401
