// Terms of texts and streams of engrams, found by their id. What engram memories have in the graph is made again from the journal.
CREATE CONSTRAINT term_id IF NOT EXISTS FOR (n:Term) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT stream_id IF NOT EXISTS FOR (n:Stream) REQUIRE n.id IS UNIQUE;
MATCH (m:Memory {kind: 'engram'}) SET m.position = -1;
