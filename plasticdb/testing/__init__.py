"""The laws that every store must keep, for those who write one of their own.

`check_store` runs them all; `store_checks` lists them, so that pytest can make a test of each.
"""

from .store import check_store, store_checks

__all__ = ["check_store", "store_checks"]
