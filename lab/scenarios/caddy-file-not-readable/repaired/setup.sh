chmod 644 www/report.html
