head -c 1500000 /dev/zero >photo.jpg
