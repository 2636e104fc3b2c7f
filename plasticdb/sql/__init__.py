"""SQL, for the journal and for graphs in SQL: engines, transactions, dialects, migrations."""
