"""What a sequence memory keeps from its making, and how much it takes at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..checks import shown
from ..errors import BadInput
from ..kit.spelling import Spelling
from ..kit.words import EDITION
from .tokens import FORMS, Tokenizer, tokenizer

__all__ = ["BATCH", "BATCH_SYMBOLS", "Options"]

BATCH = 50_000
"""Events that one graph transaction takes at most."""
BATCH_SYMBOLS = 500_000
"""Symbols that are read from a file before they are written to the journal and learned."""


@dataclass(frozen=True, slots=True)
class Options:
    """How samples are cut, how many symbols back a context reaches, and the longest sample that is taken.

    Parameters
    ----------
    normalize, lower
        A text is brought into this normal form of Unicode, or into lower case, before anything else.
    unicode
        The edition of Unicode whose rules cut words; none where no words are cut. A sample must be cut as it was when
        it was learned, so a memory keeps its edition.
    """

    tokenizer: str = "chars"
    depth: int = 5
    max_symbols: int = 10_000
    normalize: str | None = None
    lower: bool = False
    unicode: str | None = field(default=None, metadata={"asked": False})

    def __post_init__(self) -> None:
        tokenizer(self.tokenizer)
        if not 1 <= self.depth <= 20:
            raise BadInput(f"depth must be 1 to 20, not {self.depth}")
        if not 1 <= self.max_symbols <= 1_000_000:
            raise BadInput(f"max_symbols must be 1 to 1,000,000, not {self.max_symbols}")
        if self.normalize not in (None, *FORMS):
            raise BadInput(f"normalize must be {' or '.join(FORMS)}, not {shown(self.normalize)}")
        if not isinstance(self.lower, bool):
            raise BadInput(f"lower must be True or False, not {shown(self.lower)}")
        if self.tokenizer == "bytes" and (self.normalize or self.lower):
            raise BadInput("bytes are taken as they are; to normalize or lower texts, take another tokenizer")
        if self.tokenizer == "words" and self.unicode is None:
            raise BadInput(
                "this memory was made before 0.1.0, when words were cut by other rules; drop it and ingest its files again"
            )
        if self.unicode not in (None, EDITION):
            raise BadInput(f"words were cut by Unicode {self.unicode}, which this plasticdb does not have; upgrade it")

    @classmethod
    def new(cls, **asked: Any) -> Options:
        """The options of a memory that is to be made."""
        return cls(**asked, unicode=EDITION if asked.get("tokenizer") == "words" else None)

    @property
    def kept(self) -> dict[str, Any]:
        """What a new memory keeps: all that is not what a memory without it has, and what each always kept."""
        always = ("tokenizer", "depth", "max_symbols")
        return {name: value for name, value in asdict(self).items() if name in always or value != _DEFAULTS[name]}

    @property
    def spelling(self) -> Spelling:
        """Which payloads are one sample."""
        return self.cut.spelling

    @property
    def cut(self) -> Tokenizer:
        """The tokenizer itself."""
        return tokenizer(self.tokenizer, self.normalize, self.lower)


_DEFAULTS = asdict(Options())
