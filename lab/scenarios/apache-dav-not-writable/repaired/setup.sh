chown www-data apache files
