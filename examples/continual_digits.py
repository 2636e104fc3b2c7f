"""Digits are learned two at a time, over five processes, and none is forgotten: as a heat map, beside gradient descent.

    python examples/continual_digits.py [DATABASE] [--svg PICTURE]

Each process learns two digits more, each image once, and goes on where the one before it stopped; nothing else is kept
between them: `python examples/continual_digits.py DATABASE 2` is the second one alone. The images are scikit-learn's
(`pip install scikit-learn`): 8x8 pixels, three tenths of them held out.

The picture has how many of the held-out images of each pair were right after each process, all digits so far to choose
from. A network that learns the same images in the same order, by stochastic gradient descent, says the newest digits of all.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB

TASKS = 5
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Table = list[list[float]]
"""A row after each process: the share of each pair so far that was right."""


def images() -> tuple[Floats, Ints, Floats, Ints]:
    """Images to learn with their digits, and held-out ones."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    found = load_digits()
    x, held, y, true = train_test_split(found.data, found.target, test_size=0.3, random_state=0, stratify=found.target)
    return x, y, held, true


def process(database: str, task: int) -> None:
    """Learn two digits more."""
    x, y, _, _ = images()
    some = y // 2 == task - 1
    with PlasticDB.open(database) as db:
        memory = db.classifier("digits", dimension=64)
        memory.learn_many(x[some], y[some].tolist())
        stats = memory.stats()
    print(
        f"process {task}: {some.sum()} images of {2 * task - 2} and {2 * task - 1}, {stats['neurons']} neurons",
        end="; ",
    )
    row = remembered(database, task)
    print("right: " + ", ".join(f"{one:.1%}" for one in row))


def remembered(database: str, task: int) -> list[float]:
    """What the memory said of held-out images after a process, as the journal has it."""
    _, _, held, true = images()
    with PlasticDB.open(database) as db, db.classifier("digits").as_of(f"session:{task}") as then:
        return shares(np.array(then.predict_many(held[true < 2 * task])), true[true < 2 * task])


def shares(said: Ints, true: Ints) -> list[float]:
    """The share of each pair of digits that was right."""
    return [float(np.mean(said[true // 2 == pair] == true[true // 2 == pair])) for pair in np.unique(true // 2)]


def descended() -> Table:
    """The same of a network with 256 hidden units that goes down the gradient, ten images at a time, each once."""
    x, y, held, true = images()
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(65, 256)) * (2 / 64) ** 0.5, rng.normal(size=(257, 10)) * (2 / 256) ** 0.5

    def hidden(some: Floats) -> tuple[Floats, Floats]:
        inputs = np.column_stack([some / 16, np.ones(len(some))])
        return inputs, np.column_stack([np.maximum(inputs @ first, 0), np.ones(len(some))])

    table: Table = []
    for task in range(1, TASKS + 1):
        chosen = np.flatnonzero(y // 2 == task - 1)
        for start in range(0, len(chosen), 10):
            part = chosen[start : start + 10]
            inputs, between = hidden(x[part])
            said = np.exp(between @ second)
            error = 0.1 / len(part) * (said / said.sum(axis=1, keepdims=True) - np.eye(10)[y[part]])
            back = (error @ second.T) * (between > 0)
            second -= between.T @ error
            first -= inputs.T @ back[:, :-1]
        asked = true < 2 * task
        table.append(shares(np.argmax(hidden(held[asked])[1] @ second, axis=1), true[asked]))
    return table


# The picture

CELL, LEFT, HEAD, GAP = 64, 108, 74, 70
"""The side of a cell, and room left of a panel, above it, and between both."""
WIDTH = TASKS * CELL


def colour(share: float) -> str:
    """From white, nothing right, to blue, all right."""
    return "#" + "".join(f"{round(255 + share * (full - 255)):02x}" for full in (31, 95, 191))


def text(x: float, y: float, said: str, size: int = 12, anchor: str = "middle", fill: str = "#222222") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">{said}</text>'


def panel(title: str, table: Table) -> str:
    """A row a process, a column a pair of digits."""
    mean = float(np.mean(table[-1]))
    drawn = [text(WIDTH / 2, 20, title, 15), text(WIDTH / 2, 40, f"{mean:.1%} of all right at the end")]
    for pair in range(TASKS):
        drawn.append(text((pair + 0.5) * CELL, HEAD - 10, f"{2 * pair}, {2 * pair + 1}"))
    for task in range(TASKS):
        drawn.append(text(-10, HEAD + (task + 0.5) * CELL + 4, f"after {2 * task}, {2 * task + 1}", 12, "end"))
        for pair in range(TASKS):
            known = pair < len(table[task])
            share = table[task][pair] if known else 0.0
            place = f'x="{pair * CELL}" y="{HEAD + task * CELL}" width="{CELL - 2}" height="{CELL - 2}" rx="3"'
            drawn.append(f'<rect {place} fill="{colour(share) if known else "#f4f4f4"}" stroke="#d8d8d8"/>')
            if known:
                at = ((pair + 0.5) * CELL - 1, HEAD + (task + 0.5) * CELL + 4)
                drawn.append(text(*at, f"{100 * share:.1f}", 14, fill="#ffffff" if share > 0.45 else "#222222"))
    return "".join(drawn)


def picture(database: str, file: Path) -> None:
    """Draw both tables."""
    ours = [remembered(database, task) for task in range(1, TASKS + 1)]
    panels = (
        ("plasticdb: right of what was held out, %", ours),
        ("gradient descent, one after the other", descended()),
    )
    step = LEFT + WIDTH + GAP // 2
    drawn = "".join(f'<g transform="translate({LEFT + i * step} 0)">{panel(*one)}</g>' for i, one in enumerate(panels))
    size = f"{2 * step} {HEAD + WIDTH + 12}"
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{drawn}</svg>\n',
        "utf-8",
    )
    print(f"drawn: {file}")


def main() -> None:
    words = sys.argv[1:]
    svg = Path("continual_digits.svg")
    if "--svg" in words:
        at = words.index("--svg")
        svg, words = Path(words[at + 1]), words[:at] + words[at + 2 :]
    match words:
        case [database, task]:
            process(database, int(task))
        case [database]:
            for task in range(1, TASKS + 1):
                subprocess.run([sys.executable, __file__, database, str(task)], check=True)
            picture(database, svg)
        case _:
            with tempfile.TemporaryDirectory() as folder:
                sys.argv[1:] = [str(Path(folder) / "digits.db"), "--svg", str(svg)]
                main()


if __name__ == "__main__":
    main()
