// charts/spark
