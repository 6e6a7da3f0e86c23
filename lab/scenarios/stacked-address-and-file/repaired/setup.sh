chmod 644 www/prices.csv
