"""How a report is shown: rows, bars and charts made of its document, without a word about rows of the database."""
