"""What the API reads. Nothing here locks or changes anything, but what ``writing`` reads for a command."""
