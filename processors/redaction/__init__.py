"""Find and mask personal and card data in text and in spoken numbers."""

from processors.redaction.apply import Redacted, redact
from processors.redaction.conversation import redact_conversation, redact_utterance
from processors.redaction.policy import DEFAULT_POLICY, Action, Policy, Sensitive

__all__ = [
    "DEFAULT_POLICY",
    "Action",
    "Policy",
    "Redacted",
    "Sensitive",
    "redact",
    "redact_conversation",
    "redact_utterance",
]
