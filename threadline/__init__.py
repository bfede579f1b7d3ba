"""Threadline: every conversation, one line. The only package that knows all the others."""

__version__ = "0.1.0"
