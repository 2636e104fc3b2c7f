// Neurons have edges to those that are side by side with them. What classifiers have in the graph is made again, with these.
MATCH (m:Memory {kind: 'classifier'}) SET m.position = -1;
