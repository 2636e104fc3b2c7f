// Engrams near a vector: those without a text. A memory of texts recalls without this index, which took most of a commit.
// What engram memories have in the graph is made again from the journal, and gets its labels so.
DROP INDEX engram_vector IF EXISTS;
CREATE VECTOR INDEX engramwithouttext_vector IF NOT EXISTS FOR (n:EngramWithoutText) ON n.vector OPTIONS {indexConfig: {`vector.similarity_function`: 'euclidean'}};
MATCH (m:Memory {kind: 'engram'}) SET m.position = -1;
