"""What a contact is about: learnt from a few examples of each type, and told with "don't know"."""
