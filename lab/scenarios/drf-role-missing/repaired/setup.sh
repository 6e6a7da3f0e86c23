sed -i 's/("anna", False)/("anna", True)/' shop/wsgi.py
