"""The shop's API, with Django REST framework."""

from django.urls import path
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView


class Orders(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response([])

    def post(self, request):
        return Response({"order": 1017}, status=201)


class Prices(Orders):
    permission_classes = [IsAdminUser]


class IsOwner(BasePermission):
    message = "You can only change your own orders."

    def has_object_permission(self, request, view, obj):
        return request.method in SAFE_METHODS or obj["owner"] == request.user.username


class Order(APIView):
    permission_classes = [IsAuthenticated, IsOwner]

    def patch(self, request, number):
        order = {"number": number, "owner": "anna" if number < 2000 else "boss"}
        self.check_object_permissions(request, order)
        return Response(order)


urlpatterns = [
    path("orders/", Orders.as_view()),
    path("prices/", Prices.as_view()),
    path("orders/<int:number>/", Order.as_view()),
]
