"""The one rule by which contexts become probabilities, its numbers, and how strange words are spelled. No I/O."""
