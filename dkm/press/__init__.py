"""Turns notebooks into reports: runs them and makes one HTML page of each, plus an index.

It knows about notebooks and claims, but nothing about clustering. `report.make` is the entry point
(`own_data` for a user's table, `stored_outputs` for pages without a run). In order:

- what to do: `lessons` finds notebooks, `parameters` checks theirs, `freshness` what is up to date;
- running: `runner` starts a `worker` process per notebook, `execution` runs the cells in it,
  `notebook_form` brings the result into the committed form;
- pages: `render_page` makes a page (`markdown`, `template/`), `inspect_page` checks it,
  `collect_outputs` takes claims and pictures from the outputs, `comparison` lays results side by
  side, `provenance` says where they come from, `site` makes the index;
- `output_folder`, `progress`, and `export` to PDF and zip.
"""


class PressError(Exception):
    """An error that the user can fix. The message names the value, the reason and the remedy."""
