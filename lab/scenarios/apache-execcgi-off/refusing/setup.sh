chmod 755 www/order.cgi
