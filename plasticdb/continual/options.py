"""What a continual classifier keeps from its making."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..checks import shown
from ..errors import BadInput
from .state import Settings

__all__ = ["BATCH", "HASHED", "LABEL_TYPES", "LARGEST_DIMENSION", "Options"]

BATCH = 8_192
"""Events that one graph transaction takes at most."""
LARGEST_DIMENSION = 16_384
HASHED = 512
"""Numbers into which mappings are hashed, where nobody says how many."""
FEATURES = ("dense", "sparse")
LABEL_TYPES = ("int", "str", "bool")
_WHOLE = {"rank": 0, "mistakes": 1, "share": 1, "budget": 1, "winners": 1}
"""Options that are whole numbers, and how low each may be."""
_NUMBERS = dict.fromkeys(("prior", "inherited", "ridge", "novelty", "mature", "typical", "kappa"), 1e9) | {"rate": 1.0}
"""Options that are numbers from 0, and how high each may be."""
LEAST_PRIOR = 1e-6
"""A neuron of one sample has no other variance than the shared one: without any of that, no distance to it is known."""
_USUAL = Settings()


@dataclass(frozen=True, slots=True)
class Options:
    """How a classifier was made. The first samples decide what is left open then.

    Parameters
    ----------
    dimension
        Numbers in a sample.
    label_type
        What its labels are: `int`, `str` or `bool`.
    features
        What a sample is: `dense`, a list of numbers; `sparse`, a mapping from features to numbers, which is hashed into so
        many numbers as there are dimensions.
    rank, prior, inherited, ridge, novelty, mature, mistakes, typical, share, budget, winners, rate, kappa
        How neurons grow and adapt: see `plasticdb.continual.state.Settings`.
    """

    dimension: int | None = None
    label_type: str | None = None
    features: str = "dense"
    rank: int = _USUAL.rank
    prior: float = _USUAL.prior
    inherited: float = _USUAL.inherited
    ridge: float = _USUAL.ridge
    novelty: float = _USUAL.novelty
    mature: float = _USUAL.mature
    mistakes: int = _USUAL.mistakes
    typical: float = _USUAL.typical
    share: int = _USUAL.share
    budget: int = _USUAL.budget
    winners: int = _USUAL.winners
    rate: float = _USUAL.rate
    kappa: float = _USUAL.kappa

    def __post_init__(self) -> None:
        if self.dimension is not None:
            self._whole("dimension", 1, LARGEST_DIMENSION)
        if self.label_type not in (None, *LABEL_TYPES):
            raise BadInput(f"label_type must be one of {', '.join(LABEL_TYPES)}, not {shown(self.label_type)}")
        if self.features not in FEATURES:
            raise BadInput(f"features must be {' or '.join(FEATURES)}, not {shown(self.features)}")
        for name, lowest in _WHOLE.items():
            self._whole(name, lowest, 2**40)
        for name, highest in _NUMBERS.items():
            value = getattr(self, name)
            least = LEAST_PRIOR if name == "prior" else 0.0
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= highest:
                raise BadInput(f"{name} must be a number from {least:g} to {highest:g}, not {shown(value)}")

    def _whole(self, name: str, lowest: int, highest: int) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise BadInput(f"{name} must be a whole number from {lowest} to {highest:,}, not {shown(value)}")

    @property
    def sparse(self) -> bool:
        """Whether samples are mappings from features to numbers."""
        return self.features == "sparse"

    @property
    def settings(self) -> Settings:
        """Those that the rules take."""
        return Settings(**{field.name: getattr(self, field.name) for field in fields(Settings)})
