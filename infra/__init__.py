"""Adapters to the outside world, one vendor per file, each behind a small protocol."""
