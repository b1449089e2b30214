"""The page where officers make tokens, and end them."""
