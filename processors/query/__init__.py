"""The query language: parse, print, evaluate."""
