chmod 600 www/prices.csv
