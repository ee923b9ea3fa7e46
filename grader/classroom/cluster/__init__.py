"""What both ends of a cluster need: what crosses the wire, what a worker proves, and what runs on it."""
