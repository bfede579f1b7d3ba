"""The log of records: topics, offsets, reads and appends."""
