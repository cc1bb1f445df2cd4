"""Who you are to a server: sign in, sign out, ask."""
