"""Recipes that make the weights which ship with Threadline."""
