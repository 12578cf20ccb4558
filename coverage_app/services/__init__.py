"""The rules, and the only place that commits. Who acts and what time it is come in as arguments."""
