"""Who the customers are: archive card, contacts, assignment, blacklist, and a copy of their credit standing."""
