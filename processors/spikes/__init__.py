"""Spikes of negative sentiment: counting, seasonal baselines, two tests, decisions, evidence."""
