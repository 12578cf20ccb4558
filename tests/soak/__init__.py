"""Real processes under load and under one fault after another, held against what must be true whatever happens."""
