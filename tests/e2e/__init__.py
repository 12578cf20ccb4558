"""The whole of it from outside: real processes, and a browser."""
