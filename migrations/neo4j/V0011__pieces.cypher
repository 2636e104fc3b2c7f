// Runs of symbols that a context takes in one step, found by their id.
CREATE CONSTRAINT piece_id IF NOT EXISTS FOR (n:Piece) REQUIRE n.id IS UNIQUE;
