"""Asking a graph in Cypher: on Neo4j itself, or on a copy of a graph in SQL."""
