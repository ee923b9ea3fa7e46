"""Submissions that attack: `aNN_*.py` answer nothing right, `cNN_*.py` are right and cheat with time.

NN is the line of the list that they are from. The first line of each says what it does and, after `|`, which item must
get which verdict, with a pattern of the message; without that, `forward failed`, or for a cheat `forward passed`.
They are copied into a class by `tests/test_attacks.py`, which fills in the names between `@`.
"""
