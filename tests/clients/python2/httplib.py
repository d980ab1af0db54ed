"""The name that Python 2 had for it, for a client that knows no other."""

from http.client import *  # noqa: F401,F403
