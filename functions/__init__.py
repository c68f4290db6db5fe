"""The doors: when something runs, who may ask, in what shape. One module per feature, triggers only."""
