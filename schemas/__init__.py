"""Data contracts and domain values; imports nothing else of ours."""
