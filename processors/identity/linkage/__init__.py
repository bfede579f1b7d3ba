"""Who may be one person, by name, birth, address and email: proposals, never a merge."""
