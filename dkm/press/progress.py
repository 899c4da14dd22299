"""Shows the progress of notebooks: one bar each in a terminal, plain lines otherwise."""

import sys

from tqdm import tqdm


class Progress:
    """One line for each running notebook. Use it in a ``with`` statement.

    Parameters
    ----------
    jobs : sequence of Job
        The jobs to run.
    """

    def __init__(self, jobs):
        self.cells = {job.name: job.code_cells for job in jobs}
        self.in_terminal = sys.stderr.isatty()
        self.width = max((len(name) for name in self.cells), default=0)
        self.bars = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for bar in self.bars.values():
            bar.close()

    def show(self, name, event):
        """Show an event of `dkm.press.runner.run`."""
        if self.in_terminal:
            self._move_bar(name, event)
        elif event["event"] != "cell":
            print(f"{name}: {self._word(event)}", file=sys.stderr, flush=True)

    def _move_bar(self, name, event):
        if event["event"] == "start":
            self.bars[name] = tqdm(
                desc=name.ljust(self.width),
                total=self.cells[name],
                unit="cell",
                dynamic_ncols=True,
                bar_format="{desc} {bar} {n_fmt}/{total_fmt} cells, {elapsed}",
            )
        elif event["event"] == "cell":
            # There may be one more cell, for changed parameters.
            self.bars[name].update(min(event["done"], self.cells[name]) - self.bars[name].n)
        else:
            self.bars.pop(name).close()

    def _word(self, event):
        if event["event"] == "start":
            return "running"
        return "stopped" if event.get("error") or event.get("failure") else "done"
