"""One stage a file: processors plus state."""
