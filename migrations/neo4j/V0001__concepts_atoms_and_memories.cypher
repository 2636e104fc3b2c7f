// The keys. Each is found by its id; a prefix concept also by its slot (contexts have none).
// No index on a text: it can be longer than an index key may be.
CREATE CONSTRAINT migration_version IF NOT EXISTS FOR (n:Migration) REQUIRE n.version IS UNIQUE;
CREATE CONSTRAINT graph_id IF NOT EXISTS FOR (n:Graph) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT memory_name IF NOT EXISTS FOR (n:Memory) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT concept_id IF NOT EXISTS FOR (n:Concept) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT concept_slot IF NOT EXISTS FOR (n:Concept) REQUIRE n.slot IS UNIQUE;
CREATE CONSTRAINT atom_id IF NOT EXISTS FOR (n:Atom) REQUIRE n.id IS UNIQUE;
