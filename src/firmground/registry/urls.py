"""Addresses of the loads, under /loads/."""

from django.urls import path

from firmground.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.upload, name="upload"),
    path("<uuid:number>/", views.uploaded, name="uploaded"),
    path("<uuid:number>/accept-good/", views.accept_good, name="accept_good"),
    path("<uuid:number>/refused/", views.refused, name="refused"),
]
