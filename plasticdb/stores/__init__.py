"""Graph stores: what a memory made of its journal, kept in SQL or in Neo4j. Stores fetch and apply; they compute nothing."""
