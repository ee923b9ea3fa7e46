"""Tests, named as behaviour."""
