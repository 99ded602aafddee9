"""Records of starts, their queue and their completion."""
