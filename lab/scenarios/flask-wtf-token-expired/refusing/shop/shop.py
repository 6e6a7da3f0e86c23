"""A shop with Flask-WTF's CSRF protection; the handler is the one of its manual, with status 403."""

from flask import Flask, jsonify
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

app = Flask(__name__)
app.config.update(SECRET_KEY="lab-shop-key", WTF_CSRF_TIME_LIMIT=1)
CSRFProtect(app)


@app.errorhandler(CSRFError)
def refused(error):
    app.logger.warning("%s", error.description)
    return jsonify(error=error.description), 403


@app.get("/order")
def form():
    return generate_csrf()


@app.post("/order")
def order():
    return jsonify(order=1017), 201
