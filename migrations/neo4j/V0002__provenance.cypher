// Who taught what, and when. The graphs that are there have none of it: each is set back to be cleared, and is made again
// from its journal by the next process that writes to it, or by `plasticdb sync`.
CREATE CONSTRAINT source_id IF NOT EXISTS FOR (n:Source) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT session_id IF NOT EXISTS FOR (n:Session) REQUIRE n.id IS UNIQUE;
MATCH (m:Memory) WHERE m.position > 0 SET m.position = -1, m.batch = '';
