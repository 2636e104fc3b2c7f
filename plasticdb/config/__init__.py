"""Settings: which there are, where each value comes from, and which files are trusted."""
