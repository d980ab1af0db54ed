"""The name that Python 2 had for it, for a client that knows no other."""
