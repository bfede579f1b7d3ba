"""The query language: parse, print, evaluate."""

from processors.query.ast import Query, Scope, split_scope
from processors.query.evaluate import Spoken, evaluate, highlight
from processors.query.parse import parse
from processors.query.printing import to_text

__all__ = ["Query", "Scope", "Spoken", "evaluate", "highlight", "parse", "split_scope", "to_text"]
