"""What all laws are written with: what must be equal, what must be refused, and threads that run at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["equal", "refused", "run_at_once"]


def equal(found: Any, expected: Any, what: str) -> None:
    """Fail unless two things are equal, and say what they are.

    Parameters
    ----------
    found, expected
        What there is, and what there must be.
    what
        The subject of the message.

    Raises
    ------
    AssertionError
        They are not equal.
    """
    if found != expected:
        raise AssertionError(f"{what}: must be {expected!r}, is {found!r}")


@contextmanager
def refused(error: type[BaseException], *words: str) -> Iterator[None]:
    """Fail unless the body of the `with` statement raises an error, whose message has these words.

    Raises
    ------
    AssertionError
        Nothing was raised, or the message lacks a word.
    """
    try:
        yield
    except error as raised:
        missing = [word for word in words if word not in str(raised)]
        if missing:
            raise AssertionError(f"the message of {error.__name__} must have {missing}: {raised}") from raised
    else:
        raise AssertionError(f"{error.__name__} must be raised, and nothing was")


def run_at_once(*works: Callable[[], object]) -> None:
    """Run functions in threads that begin together.

    Raises
    ------
    BaseException
        The first error that one of them raised.
    """
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def guarded(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
