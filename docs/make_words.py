"""Writes plasticdb/kit/unicode_words.py: which characters are what to Unicode's rules for words (UAX #29).

    python docs/make_words.py

It reads the properties from the package `regex` (extra `test`), in whatever edition of Unicode that has: bring `EDITION`
up to date. A memory keeps the edition that it was made with, so an edition that was released must stay (CONTRIBUTING.md).
"""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

import regex

EDITION = "18.0"
FILE = Path(__file__).parents[1] / "plasticdb" / "kit" / "unicode_words.py"
PARTS = {
    "L": r"[\p{WB=ALetter}--\p{Extended_Pictographic}]",
    "l": r"[\p{WB=ALetter}&&\p{Extended_Pictographic}]",
    "H": r"\p{WB=Hebrew_Letter}",
    "N": r"\p{WB=Numeric}",
    "K": r"\p{WB=Katakana}",
    "X": r"[\p{WB=ExtendNumLet}--\p{White_Space}]",
    "E": r"[\p{WB=Extend}\p{WB=Format}]",
    "J": r"\p{WB=ZWJ}",
    "M": r"\p{WB=MidLetter}",
    "D": r"\p{WB=MidNum}",
    "B": r"\p{WB=MidNumLet}",
    "Q": r"\p{WB=Single_Quote}",
    "O": r"\p{WB=Double_Quote}",
    "R": r"\p{WB=Regional_Indicator}",
    "P": r"[\p{Extended_Pictographic}&&\p{WB=Other}]",
    "S": r"[\p{White_Space}\x1c-\x1f]",
}
HEAD = f'''"""Which characters are what to Unicode's rules for words (UAX #29). Written by docs/make_words.py.

A table of our own, since a sample must be cut as it was cut when it was learned, for as long as the memory lives.
"""

from __future__ import annotations

__all__ = ["EDITION", "RANGES"]

EDITION = "{EDITION}"
"""The edition of Unicode."""

RANGES = {{
'''


def main() -> None:
    every = "".join(map(chr, (point for point in range(0x110000) if not 0xD800 <= point < 0xE000)))
    lines = [HEAD]
    for name, part in PARTS.items():
        runs = ((ord(run[0][0]), ord(run[0][-1])) for run in regex.finditer(f"{part}+", every, regex.V1))
        text = " ".join(f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in runs)
        lines += [
            f'    "{name}": """\n',
            *(f"        {line}\n" for line in wrap(text, 110, break_on_hyphens=False)),
            '    """,\n',
        ]
    lines.append('}\n"""Code points in hexadecimal by their class, which words.py names."""\n')
    FILE.write_text("".join(lines))


if __name__ == "__main__":
    main()
