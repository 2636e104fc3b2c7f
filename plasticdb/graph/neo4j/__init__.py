"""The graph in Neo4j: all its Cypher, its sessions, limits and migrations."""
