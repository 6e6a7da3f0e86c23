"""Knows which sessions have passed the second factor."""

from flask import Flask, request

app = Flask(__name__)
CONFIRMED = {"4f1cba3e77"}


@app.get("/check")
def check():
    return ("", 204) if request.cookies.get("session") in CONFIRMED else ("second factor missing", 403)
