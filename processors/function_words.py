"""Words of English that say nothing of what a text is about."""

from __future__ import annotations

_WORDS = """
a about after again all also am an and any are as at be because been before between but by can
can't could did didn't do does doesn't doing don't during for from get go got had has have having
he hello her here hi him his how i i'd i'll i'm i've if in into is isn't it it's its just let like
me more my no not now of ok okay on one only or our out over please really she should since so some
such than thank thanks that that's the their them then there these they they're this those through
to too until up us very was wasn't we well were what when where which while who why will with won't
would yes you you're your
"""
FUNCTION_WORDS = frozenset(_WORDS.split())
