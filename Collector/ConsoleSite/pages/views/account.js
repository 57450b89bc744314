// views/account
