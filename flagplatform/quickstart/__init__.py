"""What `./start` does on one machine: credentials that work, a server that answers, and words that say so."""
