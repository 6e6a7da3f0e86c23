"""A sign-on service: who may use the shop."""

from flask import Flask, request

app = Flask(__name__)
ALLOWED = {"boss-91aa"}


@app.get("/api/verify")
def verify():
    session = request.cookies.get("sso_session")
    if session not in ALLOWED:
        return "Forbidden", 403
    return "", 200, {"Remote-User": session.split("-")[0]}
