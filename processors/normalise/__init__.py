"""Vendor payload to contract, one file per format."""
