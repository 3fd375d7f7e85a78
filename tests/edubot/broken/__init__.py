"""The service with two addresses more, at which something breaks."""
