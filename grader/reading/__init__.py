"""Reads submissions in a confined process: `inside` runs there, `reader` asks it, `answers` checks what it says."""
