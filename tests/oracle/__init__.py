"""A second, plain reading of the documents and the law, without the engine: the program is held against it."""
