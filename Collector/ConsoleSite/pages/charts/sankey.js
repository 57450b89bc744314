// charts/sankey
