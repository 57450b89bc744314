// views/explore
