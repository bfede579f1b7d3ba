"""The crash suite: the cluster on real servers, put through crashes, must end like one in peace."""
