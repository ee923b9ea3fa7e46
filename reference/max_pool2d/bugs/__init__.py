"""The known mistakes: those of the forward pass, those about where a gradient goes, those about which windows."""
