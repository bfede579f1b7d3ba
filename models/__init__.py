"""Machine-learning engines: speech, text encoder, language; data contracts are in `schemas`."""
