"""Answers that may never change: what a user was served yesterday is what they are served tomorrow.

The files are append-only. `python -m tests.golden.grow` adds rows for new questions and touches no other.
"""
