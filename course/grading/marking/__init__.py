"""From a submission to the points of its exercises."""
