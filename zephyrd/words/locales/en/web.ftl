# The frame of the web dashboard, its login, and the pages that steer.
skip-to-content = Skip to content

login-title = Log in
login-how = To log in, open the link that this command prints:
login-failed = This link is used up or too old. Get a new one:
login-needs-script = Logging in needs JavaScript.
