"""What may be measured, and in which experiments."""
