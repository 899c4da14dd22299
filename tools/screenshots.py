"""Take screenshots of every built page, at two widths and in both themes: ``make shots``.

They are saved in ``reports/shots``, which git ignores, for visual inspection. The pages in
``reports/html`` and ``reports/your_data`` must have been built with `dkm report`.
"""

import shutil
import sys
from pathlib import Path

from dkm.press import PressError
from dkm.press.export import find_browser

REPORTS = Path(__file__).parents[1] / "reports"
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")


def pages(reports):
    """The built pages, as a dict from the name used for the screenshots to the path."""
    found = {path.stem: path for path in sorted((reports / "html").glob("*.html"))}
    for path in sorted((reports / "your_data").glob("*/report.html")):
        found[f"your_data-{path.parent.name}"] = path
    return found


def shoot(reports, browser):
    """Take all screenshots and yield their paths."""
    from playwright.sync_api import sync_playwright

    folder = reports / "shots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for name, path in pages(reports).items():
            for width in WIDTHS:
                for scheme in SCHEMES:
                    size = {"width": width, "height": 900}
                    page = chromium.new_page(viewport=size, color_scheme=scheme)
                    page.goto(path.as_uri())
                    target = folder / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=target, full_page=True)
                    page.close()
                    yield target
        chromium.close()


def main(reports=REPORTS):
    if not pages(reports):
        print("There are no built pages: run `dkm report` first.", file=sys.stderr)
        return 2
    try:
        browser = find_browser()
    except PressError as error:
        print(error, file=sys.stderr)
        return 2
    for path in shoot(reports, browser):
        print(path.relative_to(reports.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
