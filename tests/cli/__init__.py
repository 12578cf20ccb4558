"""The commands of the contract, called as people and process managers call them."""
