"""Places the order and keeps the driver's warnings for its own log."""

from flask import Flask

app = Flask(__name__)


@app.post("/api/orders")
def order():
    return "Order 1017 placed.\n", 200
