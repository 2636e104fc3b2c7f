"""The graph: what a memory made of its journal. A store protocol, and stores in SQL and in Neo4j."""
