"""The pages of flags: each module answers one page."""
