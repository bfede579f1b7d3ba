"""The ledger of completeness: what each step has done for a contact, and what is still missing."""

from processors.ledger.account import Account, Happening, post
from processors.ledger.standing import entry_of, gaps_between, timeless

__all__ = ["Account", "Happening", "entry_of", "gaps_between", "post", "timeless"]
