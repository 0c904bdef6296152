"""How the configuration of other products becomes ours."""
