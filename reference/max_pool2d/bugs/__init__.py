"""The known mistakes: what a window gives, and where its gradient goes."""
