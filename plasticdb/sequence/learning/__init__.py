"""How a batch of samples changes the graph: the prefix tree, the contexts, their pieces, and who taught them."""
