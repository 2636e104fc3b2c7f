"""The transform memory: keys with values, which consolidate into fewer linear transforms."""
