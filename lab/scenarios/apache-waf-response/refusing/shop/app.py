"""Places the order, then shows a warning of its database driver."""

from flask import Flask

app = Flask(__name__)


@app.post("/api/orders")
def order():
    return "Order 1017 placed. You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version\n", 200
