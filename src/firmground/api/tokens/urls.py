from django.urls import path

from firmground.api.tokens.pages import end, tokens

urlpatterns = [path("", tokens, name="tokens"), path("<int:number>/end/", end, name="end_token")]
