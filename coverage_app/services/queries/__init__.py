"""Read-only questions that pages ask: nothing here writes, commits or locks."""
