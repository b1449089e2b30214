"""Addresses of notices: the public ones, and those of the offices."""

from django.urls import path, re_path

from firmground.notices import public, views

app_name = "notices"
urlpatterns = [
    path("public/notices/", public.notices, name="notices"),
    path("public/notices/<int:number>/", public.notice, name="notice"),
    path("public/notices/<int:number>/print/", public.printed, name="printed"),
    path("public/notices/<int:number>/object/", public.object_to, name="object"),
    path("public/objections/<str:receipt>/", public.received, name="received"),
    re_path(r"^public/boards/(?P<code>\d{2}|\d{4}|\d{6}|\d{9}|\d{12})/$", public.board, name="board"),
    path("notices/", views.desk, name="desk"),
    path("notices/telephone/", views.set_telephone, name="set_telephone"),
    path("notices/objections/<int:number>/", views.objection, name="objection"),
    path("notices/<int:number>/", views.kept, name="kept"),
    path("notices/<int:number>/heard/", views.heard, name="heard"),
    path("notices/<int:number>/withdraw/", views.withdraw, name="withdraw"),
    path("notices/<int:number>/correct/", views.correct, name="correct"),
    path("notices/<int:number>/take-down/", views.take_down, name="take_down"),
]
