"""A shop that looks at what it is sent: an order must say how many, as a number."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/api/orders")
def order():
    count = request.form.get("count", "")
    if not count.isdigit():
        return jsonify(error="count must be a number"), 422
    return jsonify(sku=request.form.get("sku"), count=int(count)), 201
