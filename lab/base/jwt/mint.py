"""Prints a JSON Web Token: mint.py KEY CLAIMS, e.g. mint.py shop-key '{"sub": "anna", "exp": 1735689600}'.

A KEY that names a file is a private key, and the token is signed with RS256.
"""

import json
import pathlib
import sys

import jwt

key, claims = sys.argv[1:]
if pathlib.Path(key).exists():
    print(jwt.encode(json.loads(claims), pathlib.Path(key).read_text(), "RS256", headers={"kid": "shop-1"}))
else:
    print(jwt.encode(json.loads(claims), key, "HS256"))
