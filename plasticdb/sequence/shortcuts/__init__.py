"""Long-range shortcuts: symbols that are in the same samples again and again, farther apart than a context reaches."""
