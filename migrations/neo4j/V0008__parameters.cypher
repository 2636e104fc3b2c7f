// What a sequence memory fitted to itself: views, depths and gates.
CREATE CONSTRAINT view_id IF NOT EXISTS FOR (n:View) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT depth_id IF NOT EXISTS FOR (n:Depth) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT gate_id IF NOT EXISTS FOR (n:Gate) REQUIRE n.id IS UNIQUE;
