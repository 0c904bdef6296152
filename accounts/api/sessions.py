"""How programs register, sign in, stay signed in, and sign out."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services, sessions
from accounts.authentication import caller
from accounts.models import SignIn
from accounts.serializers import Credentials, PasswordChange, RefreshIn, Registration, TokensOut, UserOut


class OpenView(APIView):
    """A door for people who are not signed in; whatever token they send is not looked at."""

    authentication_classes = ()
    permission_classes = ()


class Register(OpenView):
    @extend_schema(tags=["auth"], summary="Register as a viewer", request=Registration, responses={201: UserOut})
    def post(self, request: Request) -> Response:
        """409 `email_taken` where the e-mail has an account; 403 `registration_closed` where nobody may register."""
        return Response(UserOut(services.register(**Registration.read(request))).data, status=201)


class Login(OpenView):
    @extend_schema(tags=["auth"], summary="Sign in", request=Credentials, responses=TokensOut)
    def post(self, request: Request) -> Response:
        """Gives an access token for `Authorization: Bearer …`, and a refresh token that is good for one exchange.

        429 `too_many_attempts` after ten attempts in a minute for one e-mail from one address.
        """
        return Response(TokensOut(sessions.sign_in(**Credentials.read(request), request=request)).data)


class Refresh(OpenView):
    @extend_schema(tags=["auth"], summary="Exchange a refresh token", request=RefreshIn, responses=TokensOut)
    def post(self, request: Request) -> Response:
        """A token that was exchanged before ends its sign-in: 401 `token_replayed`."""
        return Response(TokensOut(sessions.refresh(RefreshIn.read(request)["refresh_token"])).data)


class Logout(APIView):
    @extend_schema(tags=["auth"], summary="Sign out", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends this sign-in: its access and refresh tokens are dead at once."""
        assert isinstance(request.auth, SignIn)
        sessions.sign_out(request.auth)
        return Response(status=204)


class Password(APIView):
    @extend_schema(tags=["auth"], summary="Change one's password", request=PasswordChange, responses=TokensOut)
    def post(self, request: Request) -> Response:
        """Ends all of one's sign-ins and page sessions, and begins a new one."""
        given = PasswordChange.read(request)
        tokens = sessions.change_password(caller(request), current=given["current_password"], new=given["new_password"])
        return Response(TokensOut(tokens).data)


_USER = UserOut()  # one for all, because making a serializer's fields takes longer than writing them


class Me(APIView):
    @extend_schema(tags=["auth"], summary="Who one is", responses=UserOut)
    def get(self, request: Request) -> Response:
        """The role is the one held everywhere; a project may give another one."""
        return Response(_USER.to_representation(caller(request)))
