// charts/axes
