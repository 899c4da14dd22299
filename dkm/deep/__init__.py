"""Deep clusterers: one file for each method, on what they share."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "autoencoder": ["AutoencoderKMeans"],
        "dcn": ["DCN"],
        "deep_kmeans": ["DeepKMeans", "annealing"],
        "saving": ["load", "save"],
    },
)
