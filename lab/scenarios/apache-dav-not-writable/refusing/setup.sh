chown www-data apache
chown root:root files
chmod 755 files
