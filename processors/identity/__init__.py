"""Who is one person: evidence in, clusters out, as a pure function."""
