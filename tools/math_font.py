"""Rebuild the font of the formulas: the subset of STIX Two Math that the lessons' MathML needs.

Without a mathematical font, browsers draw sum signs too small and do not stretch braces. The full
font, with 5000 characters, would add 400 kB to each page; the subset adds 50 kB.

    pip install brotli
    python -m tools.math_font stix-two-math.woff2

STIX Two Math 2.12 is licensed under the SIL Open Font License (see
`dkm/press/template/math-font-LICENSE.txt`) and is available, for example, in the npm package
@fontsource/stix-two-math.
"""

import sys
from pathlib import Path

FONT = Path(__file__).parents[1] / "dkm" / "press" / "template" / "math.woff2"
RANGES = """
20-7E A0 AC AF B0 B1 B4 B7 D7 F7 131 237 2C6 2C7 2D8-2DC 302-30C 332 338 391-3A9 3B1-3C9 3D1 3D5 3D6
3F0 3F1 3F5 2010-2016 2018-201D 2020-2022 2026 2032-2034 203E 2044 2061-2064 20D7 2102 210B 210E
2110-2113 2115 2119-211D 2124 212C 2130 2131 2133 2190-2199 21A6 21C0 21D0-21D5 2200-220F 2210-2213
2215-221E 2220-222B 2234 2236 223C 2243 2245 2248 2260-2265 226A 226B 2282-2287 228F-2292 2295-2299
22A4 22A5 22C0-22C6 22EE-22F1 2308-230B 23B4 23B5 23DC-23E1 27E8-27EB 27F5-27FA 2A7D 2A7E 25A1 2713
1D400-1D467 1D49C-1D4B5 1D538-1D56B 1D6A4 1D6A5 1D6B9-1D6C0 1D6FC-1D71B 1D7CE-1D7E1
"""  # Latin, Greek, symbols, arrows; bold, italic, script and double-struck letters


def characters():
    """The code points in the font, as a set of int."""
    found = set()
    for each in RANGES.split():
        first, _, last = each.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def main(arguments):
    from fontTools import subset

    options = subset.Options()
    options.flavor, options.hinting, options.name_IDs = "woff2", False, ["*"]
    font = subset.load_font(arguments[0], options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    subset.save_font(font, FONT, options)
    print(f"{FONT.name}: {FONT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
