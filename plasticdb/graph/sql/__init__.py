"""The graph in SQL: SQLite (the embedded default) and PostgreSQL, by the same code.

A node is a table (`plain.py`); one of which there are very many is packed (`packed.py`): ids of others are small numbers in
it (`codes.py`), and what follows from the rest is not stored (`derived.py`). `store.py` makes a store of that.
"""

from .store import SQLStore, memories

__all__ = ["SQLStore", "memories"]
