"""The data sets: one module each, same shape."""
