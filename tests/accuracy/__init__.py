"""How good forecasts are, measured on what happened, next to what one would do without them."""
