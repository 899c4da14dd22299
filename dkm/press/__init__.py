"""Turns notebooks into reports: runs them and makes one HTML file for each, plus an index.

It knows about notebooks and claims, but nothing about clustering. `report.make` is the entry point;
`runner` runs the notebooks, `html` and `site` make the pages.
"""


class PressError(Exception):
    """An error that the user can fix. The message names the value, the reason and the remedy."""
