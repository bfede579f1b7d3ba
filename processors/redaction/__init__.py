"""Find and mask personal and card data in text and in spoken numbers."""
