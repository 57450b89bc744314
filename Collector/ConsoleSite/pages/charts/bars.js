// charts/bars
