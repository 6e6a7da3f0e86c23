chmod 600 www/terms.html
