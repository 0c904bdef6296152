"""From what a sender says happened to rows that are durable and counted once."""
