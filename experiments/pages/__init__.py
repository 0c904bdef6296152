"""The pages of experiments, layers and holdouts: what they show, what is typed into them, and what answers."""
