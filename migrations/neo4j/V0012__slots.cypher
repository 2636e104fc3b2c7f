// Slots of transform memories and their streams, found by their id, and slots by their state.
CREATE CONSTRAINT slot_id IF NOT EXISTS FOR (n:Slot) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT slotstream_id IF NOT EXISTS FOR (n:SlotStream) REQUIRE n.id IS UNIQUE;
CREATE INDEX slot_state IF NOT EXISTS FOR (n:Slot) ON (n.memory, n.state, n.id);
