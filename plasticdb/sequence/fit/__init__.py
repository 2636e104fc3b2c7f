"""Consolidation: a memory leaves its own samples out, one by one, and fits its numbers to them."""
