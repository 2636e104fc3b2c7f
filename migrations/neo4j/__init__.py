"""Migrations of a Neo4j graph: `V<4 digits>__<name>.cypher`, applied by `plasticdb.stores.neo4j_migrations`."""
