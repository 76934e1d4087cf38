"""What goes into the sandbox: no answers, no references, nothing of the rest of the course."""
