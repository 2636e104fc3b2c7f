"""Learning text: 11 MB of lines with each way to cut them, from the command line, into one SQLite file."""

from __future__ import annotations

from pathlib import Path

from .data import library_lines, library_text
from .report import Figure, child, tell

SETS: tuple[tuple[str, tuple[str, ...], float, float | None], ...] = (
    ("chars", (), 27, 135),
    ("bytes, paragraphs", ("--tokenizer", "bytes", "--input", "text", "--max-symbols", "1000000"), 40, 250),
    ("words", ("--tokenizer", "words"), 20, None),
)
"""What is told, the options of `ingest`, and the most seconds of the processor and megabytes that it may take."""

INGEST = """
import os, resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)
"""


def learned(folder: Path, plasticdb: str, quick: bool) -> None:
    """Each set into a new file, the whole process counted."""
    lines = library_lines()[: 20_000 if quick else None]
    file, text = folder / "lines.txt", folder / "text.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    text.write_text(library_text()[: file.stat().st_size])
    for i, (told, options, seconds, megabytes) in enumerate(SETS):
        path, given = folder / f"lines-{i}.db", text if "text" in options else file
        used, took, peak = child(INGEST, plasticdb, "--db", str(path), "ingest", "lines", str(given), *options)
        size = sum(part.stat().st_size for part in folder.glob(f"{path.name}*") if part.is_file()) / 1e6
        goals = (None,) * 4 if quick else (seconds, 60, megabytes, 1024)
        tell(
            Figure(f"learn {len(lines):,} lines, {told}, SQLite: processor time", used, "s", goals[0]),
            Figure("  ... from beginning to end", took, "s", goals[1]),
            Figure("  ... on disk", size, "MB", goals[2]),
            Figure("  ... peak memory", peak, "MB", goals[3]),
        )
