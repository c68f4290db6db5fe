"""What it costs: the measurements behind `python3 -m local bench`; shown, never a timed test."""
