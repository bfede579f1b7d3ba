"""Console pages, one a file."""
