"""Turns notebooks into reports: runs them, and makes one HTML file of each and an index.

It knows notebooks and claims, and nothing about clustering. `report.make` is the whole way;
`runner` runs, `html` and `site` make pages.
"""


class PressError(Exception):
    """Something that the user can put right. The message names value, reason and remedy."""
