"""Addresses of what is done with cases. The pages that read them across rooms are the web's."""

from django.urls import path

from firmground.cases import public, views

app_name = "cases"
urlpatterns = [
    path("cases/open/", views.open_case, name="open"),
    path("cases/many/", views.many, name="many"),
    path("cases/applications/<int:number>/", views.application, name="application"),
    path("cases/attachments/<int:number>/", views.attachment, name="attachment"),
    path("cases/<int:number>/<slug:step>/<slug:outcome>/", views.step, name="step"),
    path("public/apply/", public.apply, name="apply"),
    path("public/apply/<str:receipt>/", public.applied, name="applied"),
]
