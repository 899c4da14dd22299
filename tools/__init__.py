"""One-purpose scripts, run as ``python -m tools.NAME`` from the clone."""
