chmod 644 www/terms.html
