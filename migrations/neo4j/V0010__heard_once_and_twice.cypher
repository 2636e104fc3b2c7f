// Memories count the synapses that were heard once or twice. What sequence memories have in the graph is made again.
MATCH (m:Memory {kind: 'sequence'}) SET m.position = -1;
