head -c 1500000 /dev/zero >photo.jpg
head -c 30000000 /dev/zero >film.mp4
