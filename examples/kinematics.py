"""An arm of two links learns where its hand is from the angles of its joints: over three processes, drawn as a picture.

    python examples/kinematics.py [DATABASE] [--svg PICTURE]

Each process moves the arm at random in another third of the space, writes what it felt (two angles) with what it saw (where
the hand was), and consolidates: linear transforms answer for what was seen, and between it. Each process goes on where the
one before it stopped, and nothing else is kept between them: `python examples/kinematics.py DATABASE 2` is the second one alone.

The picture has the memory as it was after each process: where the hand really is for a grid of angles (grey), and where the
memory says that it is (blue). Dots are the transforms.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.transform.memory import TransformMemory

UPPER, LOWER = 1.0, 0.7
"""Lengths of the links."""
PARTS, MOVES = 3, 400
ELBOW = (0.3, 2.4)
"""Angles that the elbow takes; the shoulder takes those from 0 to pi, a third in each process."""
Floats = NDArray[np.float64]


def hand(angles: Floats) -> Floats:
    """Where the hand is: what the arm has to learn."""
    shoulder, both = angles[:, 0], angles[:, 0] + angles[:, 1]
    return np.stack(
        [UPPER * np.cos(shoulder) + LOWER * np.cos(both), UPPER * np.sin(shoulder) + LOWER * np.sin(both)], axis=1
    )


def moved(part: int, count: int, seed: int) -> Floats:
    """Angles at random, in one of the three parts."""
    rng = np.random.default_rng([seed, part])
    low, high = (np.pi / PARTS * edge for edge in (part - 1, part))
    return np.stack([rng.uniform(low, high, count), rng.uniform(*ELBOW, count)], axis=1)


def error(memory: TransformMemory, parts: Iterable[int]) -> float:
    """How far the memory is off on moves that it never saw, on average; of the length of the arm."""
    angles = np.concatenate([moved(part, 1_000, 2) for part in parts])
    return float(np.mean(np.linalg.norm(memory.read_many(angles) - hand(angles), axis=1)) / (UPPER + LOWER))


def process(database: str, part: int) -> None:
    """Move in one part of the space, a move at a time, and consolidate."""
    with PlasticDB.open(database) as db:
        memory = db.transforms("arm", key_dimension=2, value_dimension=2)
        for angles in moved(part, MOVES, 1):
            memory.write([angles], hand(angles[None]), stream=f"process {part}")
        memory.consolidate()
        seen, stats = range(1, part + 1), memory.stats()
        print(
            f"process {part}: {MOVES} moves more, {stats['slots']} slots, {stats['floats']:,} floats; "
            f"off by {error(memory, seen):.2%} of the arm where it has been, {error(memory, range(1, PARTS + 1)):.2%} anywhere"
        )


# The picture

WIDTH, HEIGHT, HEAD, SCALE = 340, 300, 46, 92
SHOULDER = (WIDTH / 2, 168)
"""Where the shoulder is in a panel."""
LINES, FINE = 10, 40


def grid() -> list[Floats]:
    """Lines through the space of angles: one joint stands, the other turns."""
    shoulder, elbow = np.linspace(0, np.pi, LINES), np.linspace(*ELBOW, LINES // 2 + 1)
    turning = np.linspace(0, np.pi, 2 * FINE)
    bending = np.linspace(*ELBOW, FINE)
    return [np.stack([np.full(FINE, one), bending], axis=1) for one in shoulder] + [
        np.stack([turning, np.full(2 * FINE, one)], axis=1) for one in elbow
    ]


def points(places: Floats) -> str:
    """Places as points of the picture; what lies beyond its panel, where a memory knows nothing yet, is cut off."""
    right, down = SHOULDER[0] + SCALE * places[:, 0], SHOULDER[1] - SCALE * places[:, 1]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(right, down, strict=True))


def line(places: Floats, colour: str, width: float) -> str:
    return f'<polyline points="{points(places)}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def panel(memory: TransformMemory, part: int) -> list[str]:
    """The memory as it was after a process."""
    drawn = [line(hand(angles), "#c4c4c4", 1.2) for angles in grid()]
    drawn += [line(memory.read_many(angles), "#1f5fbf", 1) for angles in grid()]
    centres = np.array([slot.key for slot in memory.list(state="transform", limit=1_000)])
    if len(centres):
        at = points(memory.read_many(centres)).split()
        drawn += ['<circle cx="{}" cy="{}" r="2.6" fill="#d1495b"/>'.format(*place.split(",")) for place in at]
    pose = np.array([[np.pi / PARTS * (part - 0.5), 1.2]])
    shoulder, end = np.zeros((1, 2)), hand(pose)
    elbow = UPPER * np.stack([np.cos(pose[:, 0]), np.sin(pose[:, 0])], axis=1)
    drawn.append(line(np.concatenate([shoulder, elbow, end]), "#222222", 4))
    told = (
        f"after process {part}",
        f"off by {error(memory, range(1, PARTS + 1)):.2%} of the arm, {len(centres)} transforms",
    )
    framed = [f'<svg y="{HEAD}" width="{WIDTH}" height="{HEIGHT - HEAD}">{"".join(drawn)}</svg>']
    for i, text in enumerate(told):
        size, weight = (14, "bold") if i == 0 else (12, "normal")
        framed.append(
            f'<text x="{WIDTH / 2}" y="{20 + 17 * i}" text-anchor="middle" font-size="{size}" '
            f'font-weight="{weight}" fill="#222222">{text}</text>'
        )
    return framed


def picture(database: str, file: Path) -> None:
    """Draw the memory after each process, as the journal has it."""
    panels = []
    with PlasticDB.open(database) as db:
        for part in range(1, PARTS + 1):
            with db.transforms("arm").as_of(f"session:{part}") as then:
                panels.append(f'<g transform="translate({(part - 1) * WIDTH} 0)">{"".join(panel(then, part))}</g>')
    size = f"{PARTS * WIDTH} {HEIGHT}"
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(panels)}</svg>\n',
        "utf-8",
    )
    print(f"drawn: {file}")


def main() -> None:
    words = sys.argv[1:]
    svg = Path("kinematics.svg")
    if "--svg" in words:
        at = words.index("--svg")
        svg, words = Path(words[at + 1]), words[:at] + words[at + 2 :]
    match words:
        case [database, part]:
            process(database, int(part))
        case [database]:
            for part in range(1, PARTS + 1):
                subprocess.run([sys.executable, __file__, database, str(part)], check=True)
            picture(database, svg)
        case _:
            with tempfile.TemporaryDirectory() as folder:
                sys.argv[1:] = [str(Path(folder) / "arm.db"), "--svg", str(svg)]
                main()


if __name__ == "__main__":
    main()
