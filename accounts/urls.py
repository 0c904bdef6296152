"""The API addresses of accounts, without their prefix."""

from django.urls import URLPattern, path

from accounts.api import environments, keys, projects, sessions, users

api_urlpatterns: list[URLPattern] = [
    path("auth/register", sessions.Register.as_view()),
    path("auth/login", sessions.Login.as_view()),
    path("auth/refresh", sessions.Refresh.as_view()),
    path("auth/logout", sessions.Logout.as_view()),
    path("auth/password", sessions.Password.as_view()),
    path("auth/me", sessions.Me.as_view()),
    path("auth/users", users.Users.as_view()),
    path("auth/users/<str:user>", users.OneUser.as_view()),
    path("auth/users/<str:user>/role", users.UserRole.as_view()),
    path("projects", projects.Projects.as_view()),
    path("projects/<str:project>", projects.OneProject.as_view()),
    path("projects/<str:project>/members", projects.Members.as_view()),
    path("projects/<str:project>/members/<str:user>", projects.OneMember.as_view()),
    path("environments", environments.Environments.as_view()),
    path("environments/<str:environment>", environments.OneEnvironment.as_view()),
    path("keys", keys.Keys.as_view()),
    path("keys/<str:key>", keys.OneKey.as_view(), name="api-key"),
    path("keys/<str:key>/rotate", keys.KeyRotation.as_view()),
    path("keys/<str:key>/revoke", keys.KeyRevocation.as_view()),
]
