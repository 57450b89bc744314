// charts/strip
