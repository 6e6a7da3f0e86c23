chmod 755 cgi-bin/order.cgi
