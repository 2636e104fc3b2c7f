"""What all rooms share and what knows no other: ids, laws of plasticity, tables of columns, texts. Pure: no clock, no I/O."""
