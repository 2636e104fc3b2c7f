"""Asking the graph in Cypher: what every query must pass, and how one runs on a graph in SQL."""
