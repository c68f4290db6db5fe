"""The doors: when something runs, who may ask, in what shape. Triggers only, by feature."""
