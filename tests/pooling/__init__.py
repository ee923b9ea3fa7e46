"""An assignment about an operator of its own: `rubric.yaml` names the folder `pool1d`."""
