"""A shop that accepts whatever reaches it: what stands behind the servers that refuse."""

from flask import Flask, jsonify, request

app = Flask(__name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@app.route("/", defaults={"path": ""}, methods=METHODS)
@app.route("/<path:path>", methods=METHODS)
def accept(path):
    return jsonify(accepted=True, method=request.method, path=path, bytes=len(request.get_data()))
