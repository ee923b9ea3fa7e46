"""The frozen records that travel from stage to stage. Units are in the names: `_s` seconds, `_bytes` bytes."""

from grader.records.all import *
