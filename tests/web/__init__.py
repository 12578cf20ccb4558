"""The pages, asked over HTTP as a browser without JavaScript asks, on both databases."""
