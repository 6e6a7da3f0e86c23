"""The shop's API: FastAPI with PyJWT, after the security chapter of FastAPI's manual."""

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

app = FastAPI()
KEY = "shop-signing-key-of-thirty-two-bytes"


def claims(bearer: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    try:
        return jwt.decode(bearer.credentials, KEY, ["HS256"], audience="https://api.shop.example", issuer="https://login.shop.example")
    except jwt.PyJWTError as error:
        raise HTTPException(403, str(error))


@app.post("/orders", status_code=201)
def order(user: dict = Depends(claims)):
    return {"order": 1017, "for": user["sub"]}
