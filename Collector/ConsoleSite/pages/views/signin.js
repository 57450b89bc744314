// views/signin
