"""What customers will do. So far: the facts per month that segments, forecasts, mix and performance build on."""
