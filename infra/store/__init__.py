"""State, offsets and the views that people read."""
