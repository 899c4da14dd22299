"""K-Means and neural networks: clusterers with the scikit-learn interface.

The names below are loaded when they are first used, so that ``import dkm`` stays quick and loads
no TensorFlow. The course in ``notebooks/`` introduces each of them.
"""

import os

import lazy_loader

# TensorFlow warns on stderr of each operation that it does not optimise; its errors remain.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "0.1.0"

# The public names and their modules are listed in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
