chmod 600 www/report.html
