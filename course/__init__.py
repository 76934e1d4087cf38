"""The convolution layer from scratch, in NumPy: what the notebooks of the course import."""
