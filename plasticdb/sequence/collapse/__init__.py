"""Collapse: which contexts a memory can do without, and the event that folds them."""
