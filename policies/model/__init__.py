"""The resources of a stack as rules read them."""
