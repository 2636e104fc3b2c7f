"""A kind of memory that only the tests know: samples are paths such as `animals/cats`, which it counts in a tree of topics."""
