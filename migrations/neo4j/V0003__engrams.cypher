// Engrams, found by their id, by their place among the long-term ones, by level and by the tick at which they die.
CREATE CONSTRAINT engram_id IF NOT EXISTS FOR (n:Engram) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT firing_id IF NOT EXISTS FOR (n:Firing) REQUIRE n.id IS UNIQUE;
CREATE INDEX engram_place IF NOT EXISTS FOR (n:Engram) ON (n.place);
CREATE INDEX engram_level IF NOT EXISTS FOR (n:Engram) ON (n.memory, n.level, n.id);
CREATE INDEX engram_expires_at IF NOT EXISTS FOR (n:Engram) ON (n.memory, n.expires_at, n.id);
