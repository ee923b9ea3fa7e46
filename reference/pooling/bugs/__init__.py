"""Mistakes that people make in any pooling, since they are about its windows and not about what becomes of them."""
