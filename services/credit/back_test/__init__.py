"""Back-tests: a candidate policy run over the journal, in a process of its own, with progress and a stored result."""
