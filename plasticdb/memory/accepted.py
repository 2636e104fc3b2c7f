"""What fails after the journal's commit: the error says that it is in the journal, and how it gets into the graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import GraphBehind, Interrupted, SchemaBehind, StoreError, Unapplied, Unavailable, WrongJournal
from ..sql.vacuum import Lingering

__all__ = ["accepted"]


@contextmanager
def accepted() -> Iterator[None]:
    """A block after the commit. To do the command again would do it twice, so no error of it may ask for that."""
    try:
        yield
    except (GraphBehind, Unapplied, SchemaBehind, WrongJournal, Lingering):
        raise
    except Unavailable as error:
        raise GraphBehind(
            f"{error}; what was accepted is in the journal: run `plasticdb sync` when it is back"
        ) from None
    except StoreError as error:
        raise Unapplied(
            f"{error}; what was accepted is in the journal: run `plasticdb sync` when that is mended, "
            "and not this command again"
        ) from None
    except (OSError, MemoryError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unapplied(
            f"it could not be applied to the graph ({said}); what was accepted is in the journal: run `plasticdb sync`"
        ) from None
    except Interrupted:
        raise
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what was accepted is in the journal: run `plasticdb sync`, and not this command again"
        ) from None
