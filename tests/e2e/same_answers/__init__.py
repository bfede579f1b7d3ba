"""One corpus, two systems, the same answers: the embedded file, and a cluster of real servers."""
