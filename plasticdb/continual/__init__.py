"""The continual classifier: prototype neurons that grow where nothing fits and adapt where something does."""
