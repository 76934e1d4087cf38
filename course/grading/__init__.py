"""From notebooks that were worked in to a verdict for every exercise."""
