"""The real servers, on loopback, for tests and for a first look: no container engine needed."""
