"""Versioned migrations of the graph stores, one folder an engine."""
