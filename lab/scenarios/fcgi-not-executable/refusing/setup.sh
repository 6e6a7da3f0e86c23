chmod 644 cgi-bin/order.cgi
