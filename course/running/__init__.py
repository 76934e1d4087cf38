"""From a notebook to what its exercises are worth."""
