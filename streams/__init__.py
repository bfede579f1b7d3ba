"""The topology, its stages, the delivery loop and the runners."""
