from . import choose_k, metrics, profiles, wording

__all__ = ["choose_k", "metrics", "profiles", "wording"]
