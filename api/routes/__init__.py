"""JSON endpoints, one resource a file."""
