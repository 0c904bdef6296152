"""What happened at a client's place: made into events, kept until the server has them, and counted."""
