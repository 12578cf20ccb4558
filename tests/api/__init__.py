"""The API as another program has it."""
