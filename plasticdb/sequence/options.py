"""What a sequence memory keeps from its making, and how much it takes at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from ..checks import shown, whole
from ..errors import BadInput
from ..kit.spelling import Spelling
from ..kit.words import EDITION
from .shortcuts.pairs import Window
from .tokens import FORMS, Tokenizer, tokenizer
from .views import FARTHEST, SIZES, SPELLED, Views, read, spelled, usual

__all__ = ["BATCH", "Options"]

BATCH = 50_000
"""Events that one graph transaction takes at most."""
MOST_APART = 256
"""Symbols from one to the other that has a shortcut, at most: what a consolidation takes grows with it."""


def _fits(views: str, options: Mapping[str, Any]) -> bool:
    """Whether a size of views stands for those that a memory has."""
    if views not in SIZES:
        return False
    had = product((None, options["depth"]), (False, True))
    return options["views"] in {usual(options["tokenizer"], depth, paragraphs, views) for depth, paragraphs in had}


def _check_depth(depth: int) -> None:
    if not 1 <= depth <= FARTHEST:
        raise BadInput(f"depth must be 1 to {FARTHEST}, not {depth}")


@dataclass(frozen=True, slots=True)
class Options:
    """How samples are cut, what of a history contexts are made of, and the longest sample that is taken.

    Parameters
    ----------
    depth
        How many symbols back the view `suffix` reaches; it follows from `views`.
    normalize, lower
        A text is brought into this normal form of Unicode, or into lower case, before anything else.
    unicode
        The edition of Unicode whose rules cut words; none where no words are cut. A sample must be cut as it was when
        it was learned, so a memory keeps its edition.
    views
        The set of views (`views/`). A memory that kept none was made when there was one set: `suffix DEPTH, position all`.
    max_contexts
        How many contexts it may have, about; None: any. Where learning has left more, it collapses.
    shortcuts
        How far apart two symbols of a sample may be that are associated since they are in the same samples again and again,
        where no context sees both (`shortcuts/`); None: no such associations are made.
    """

    tokenizer: str = "chars"
    depth: int = 5
    max_symbols: int = 10_000
    normalize: str | None = None
    lower: bool = False
    unicode: str | None = field(default=None, metadata={"asked": False})
    views: str = field(default="", metadata={"read": spelled, "fits": _fits})
    max_contexts: int | None = None
    shortcuts: int | None = None

    def __post_init__(self) -> None:
        tokenizer(self.tokenizer)
        _check_depth(self.depth)
        if not isinstance(self.views, str):
            raise BadInput(f"views must be a text, not {shown(self.views)}")
        views = self.views or f"suffix {self.depth}, position all"
        object.__setattr__(self, "views", spelled(views))
        if self.view_set[0].reach != self.depth:
            raise BadInput(f"depth {self.depth} does not go with the views {self.views!r}; leave the depth out")
        if self.tokenizer in ("words", "symbols") and (seen := [v for v in self.view_set if v.name in SPELLED]):
            raise BadInput(
                f"the view {seen[0]} looks into words, and {self.tokenizer} have none to look into; leave it out"
            )
        if not 1 <= self.max_symbols <= 1_000_000:
            raise BadInput(f"max_symbols must be 1 to 1,000,000, not {self.max_symbols}")
        if self.max_contexts is not None:
            whole("max_contexts", self.max_contexts, 1)
        if self.shortcuts is not None and not self.window.near < whole("shortcuts", self.shortcuts) <= MOST_APART:
            raise BadInput(
                f"shortcuts must be {self.window.near + 1} to {MOST_APART}, beyond what contexts see, not {self.shortcuts}"
            )
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
    def new(cls, paragraphs: bool = False, **asked: Any) -> Options:
        """The options of a memory that is to be made; `paragraphs`: of such samples."""
        cut = asked.get("tokenizer", "chars")
        tokenizer(cut)
        _check_depth(asked.get("depth", 1))
        size = asked.get("views", "standard")
        if size in SIZES:
            asked["views"] = usual(cut, asked.get("depth"), paragraphs, size)
        asked.setdefault("depth", read(asked["views"])[0].reach)
        return cls(**asked, unicode=EDITION if cut == "words" else None)

    @property
    def kept(self) -> dict[str, Any]:
        """What a new memory keeps: all that is not what a memory without it has, and what each always kept."""
        always = ("tokenizer", "depth", "max_symbols", "views")
        return {name: value for name, value in asdict(self).items() if name in always or value != _DEFAULTS[name]}

    @property
    def view_set(self) -> Views:
        """The views themselves, the suffix first."""
        return read(self.views)

    @property
    def window(self) -> Window:
        """How far apart two symbols may be, near each other and with a shortcut."""
        near = max(view.reach for view in self.view_set if view.name in ("suffix", "skip"))
        return Window(near, self.shortcuts or near)

    @property
    def spelling(self) -> Spelling:
        """Which payloads are one sample."""
        return self.cut.spelling

    @property
    def cut(self) -> Tokenizer:
        """The tokenizer itself."""
        return tokenizer(self.tokenizer, self.normalize, self.lower)


_DEFAULTS = asdict(Options())
