"""From sums to a report that says in words what happened and how sure one can be."""
