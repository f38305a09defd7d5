"""Would this contract still be understood by those who use the previous one, and in which order to roll it out."""
