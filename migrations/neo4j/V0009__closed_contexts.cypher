// Contexts below which nothing opens any more, found by their id.
CREATE CONSTRAINT closed_id IF NOT EXISTS FOR (n:Closed) REQUIRE n.id IS UNIQUE;
