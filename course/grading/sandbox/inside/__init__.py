"""What goes into the sandbox to fork kernels there."""
