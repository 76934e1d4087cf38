"""What a student has reached: the check of a notebook on their own machine."""
