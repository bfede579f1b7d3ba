"""Pure functions and folds: no I/O, no clock, no randomness."""
