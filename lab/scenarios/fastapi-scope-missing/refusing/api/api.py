"""The shop's API: FastAPI with PyJWT and scopes; the answers follow RFC 6750, section 3."""

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

app = FastAPI()
KEY = "shop-signing-key-of-thirty-two-bytes"


def claims(bearer: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    try:
        return jwt.decode(bearer.credentials, KEY, ["HS256"], audience="https://api.shop.example")
    except jwt.PyJWTError as error:
        challenge = f'Bearer error="invalid_token", error_description="{error}"'
        raise HTTPException(401, str(error), {"WWW-Authenticate": challenge})


@app.post("/orders", status_code=201)
def order(user: dict = Depends(claims)):
    if "orders:write" not in user.get("scope", "").split():
        challenge = 'Bearer error="insufficient_scope", scope="orders:write"'
        raise HTTPException(403, "Not enough permissions", {"WWW-Authenticate": challenge})
    return {"order": 1017}
