"""Taking memories out and in: each a whole process, with its time and its largest resident size."""

from __future__ import annotations

import sys
from pathlib import Path

from plasticdb import PlasticDB

from .data import names_file
from .report import Figure, child, tell

# A process's peak is known only once it has ended, and of all children together: so each is the only child of another.
WHOLE = """
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def on_sqlite(folder: Path) -> None:
    file, what = names_file(folder)
    path, whole = folder / "transfer.db", folder / "transfer.jsonl"
    with PlasticDB.open(path) as db:
        db.sequence("names").ingest([str(file)])
    command = [str(Path(sys.executable).with_name("plasticdb")), "--db", str(path)]
    for format in ("csv", "graphml", "jsonl", "parquet"):
        to = whole if format == "jsonl" else folder / f"transfer-{format}"
        goal = 5 if format in ("csv", "graphml") else None
        took, peak = child(WHOLE, *command, "export", "names", "--format", format, "--to", str(to))
        tell(
            Figure(f"export {what} as {format}, whole process", took, "s", goal),
            Figure("  peak memory", peak, "MB", goal and 300),
        )
    for verb, words in (
        ("import of the jsonl into a new database", ["import", str(whole)]),
        ("import --merge of what is there", ["import", str(whole), "--merge"]),
    ):
        took, peak = child(WHOLE, *command[:-1], str(folder / "imported.db"), *words)
        tell(Figure(f"{verb}, whole process", took, "s"), Figure("  peak memory", peak, "MB"))
    took, peak = child(WHOLE, *command, "copy", "--to", str(folder / "copied.db"))
    tell(Figure("copy to a new SQLite database, whole process", took, "s"), Figure("  peak memory", peak, "MB"))
