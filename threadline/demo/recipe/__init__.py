"""How the recorded calls were made; nothing here runs in the product."""
