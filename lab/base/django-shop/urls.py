"""The shop: a form protected against forgery, a login, and an API."""

from django.contrib.auth import authenticate, login
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import include, path
from django.views.decorators.csrf import ensure_csrf_cookie


@ensure_csrf_cookie
def order(request):
    if request.method == "POST":
        return JsonResponse({"order": 1017}, status=201)
    return HttpResponse(f'<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}"></form>')


@ensure_csrf_cookie
def sign_in(request):
    if request.method == "POST":
        user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
        if user is None:
            return HttpResponse("wrong password", status=422)
        login(request, user)
    return HttpResponse(get_token(request))


urlpatterns = [path("order/", order), path("login/", sign_in), path("api/", include("api"))]
