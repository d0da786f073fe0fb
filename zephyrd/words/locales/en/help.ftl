# English help is made of the doc comments in the source, and of what the parser of the command line says itself.
