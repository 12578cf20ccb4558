"""The pages, requested over HTTP as a browser without JavaScript does."""
