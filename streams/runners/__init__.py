"""Ways to run the topology."""
