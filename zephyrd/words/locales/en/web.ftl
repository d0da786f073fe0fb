# The frame of the web dashboard, its login, and the pages that steer.
skip-to-content = Skip to content

login-title = Log in
login-how = To log in, open the link that this command prints:
login-failed = This link is used up or too old. Get a new one:
login-needs-script = Logging in needs JavaScript.

web-nav = Pages
web-nav-overview = Overview
web-nav-endpoints = Endpoints
web-nav-groups = Groups
web-nav-requests = Requests
web-nav-connections = Connections
web-nav-suspended = Suspended
web-nav-usage = Usage
web-nav-logs = Logs
web-nav-config = Config

web-language = Language
web-log-out = Log out
web-close = Close
web-help = Keyboard
web-key-help = Show this
web-key-filter = Filter the list
web-key-arrows = Move in a list
web-key-enter = Open the details of a row

web-live-still = as of { $time }
web-live-live = live
web-live-stale = stale since { $time }

web-how-to-act = To change something, open the link that this command prints:
web-act-needs-script = Changing something here needs JavaScript; zephyrctl does the same without.
web-act-done = { $what }: { $name }
web-act-done-all = Done: { $what }
web-act-refused = Refused: { $why }
web-act-login = You are not logged in, or no longer. Run “zephyrctl web” on the machine of the gateway and open the link that it prints.
web-act-unreachable = The gateway does not answer. Nothing was changed.

web-overall-ok = ok
web-overall-degraded = degraded
web-overall-down = down
web-admin-auto = auto
web-admin-pinned = pinned
web-admin-paused = paused
web-admin-drained = drained
web-group-active = active
web-group-standby = standby
web-group-available = available
web-group-paused = paused
web-group-cooling = cooling
web-group-exhausted = exhausted
web-group-disabled = disabled
web-group-no-healthy-endpoint = no healthy endpoint

web-span-seconds = { $s } s
web-span-minutes = { $m } min
web-span-minutes-seconds = { $m } min { $s } s
web-span-hours = { $h } h { $m } min
web-span-days = { $d } d { $h } h
web-spark = { $low } to { $high }, { $failed } failed
web-spark-failed = all { $failed } failed
web-spark-none = nothing measured yet

web-nobody = nobody
web-pinned = pinned:
web-dialect = Dialect
web-serves = Serves
web-why = Why
web-order = Order
