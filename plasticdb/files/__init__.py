"""Files: samples that are read from them, and folders for what can be made again."""
