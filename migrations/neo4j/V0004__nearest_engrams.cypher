// Engrams near a vector. Vectors of any dimension are in it: each memory has its own.
CREATE VECTOR INDEX engram_vector IF NOT EXISTS FOR (n:Engram) ON n.vector OPTIONS {indexConfig: {`vector.similarity_function`: 'euclidean'}};
