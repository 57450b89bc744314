// charts/heat
