"""The journal: what happened, event by event, in SQL. Everything else can be made again from it."""
