//! The nouns of why403: what every stage reads and writes. No input or output, nothing that can fail, no outside dependency.
