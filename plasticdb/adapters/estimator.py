"""What every estimator of scikit-learn has."""

from __future__ import annotations

from typing import Any, Self

from ..checks import shown
from ..errors import BadInput

__all__ = ["Estimator"]


class Estimator:
    """What every estimator has: parameters that are read and set by name."""

    _named: tuple[str, ...] = ()

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What it was made with, by name.

        Parameters
        ----------
        deep
            Makes no difference: no parameter has parameters.

        Returns
        -------
        dict[str, Any]
            The parameters.
        """
        return {name: getattr(self, name) for name in self._named}

    def set_params(self, **params: Any) -> Self:
        """Change what the next `fit` makes its memory with.

        Parameters
        ----------
        **params
            Some of the parameters.

        Returns
        -------
        Self
            This one.

        Raises
        ------
        BadInput
            It has no such parameter.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise BadInput(f"there is no parameter {shown(name)}; choose among {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        given = {name: value for name, value in self.get_params().items() if value is not None}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "memory_")
