// views/alert
