// charts/colours
