"""HTTP in, store and search out; the console's pages."""
