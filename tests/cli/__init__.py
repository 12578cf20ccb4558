"""The commands, called as people and process managers call them."""
