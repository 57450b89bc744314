// views/alerts
