"""The sequence memory: what samples of symbols share, and what follows what."""
