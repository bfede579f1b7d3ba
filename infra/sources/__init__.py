"""Read files and folders into inbound records."""
