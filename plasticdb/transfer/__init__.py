"""Taking memories out and in: a journal as a file and back, the graph in other programs' formats, database to database."""
