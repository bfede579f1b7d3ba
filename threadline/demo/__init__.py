"""The fictional company that the demo runs."""
