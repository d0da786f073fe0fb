# Panes
top-endpoints = Endpoints
top-connections = Running
top-requests = Requests
top-usage = Usage
top-log = Log
top-help = Help
top-sorted = by { $order }

# Head
top-connecting = connecting …
top-mode-auto = auto, { $strategy }
top-mode-pinned = pinned to { $name }, no fallback
top-mode-pinned-fallback = pinned to { $name }, with fallback
top-rate = { $rate } req/s
top-running = { $count } running
top-waiting = { $count } waiting
top-today = today { $requests } requests, { $cost }
top-today-unknown = today –
top-offline = offline since { $since }: no endpoint is blamed
top-paused = probes are paused, states may be old
top-config-refused = the last reload was refused, the config before it is in force
top-budget = { $share } of the budget { $whose } ({ $limit }) is spent
top-stale = stale since { $since }: { $why }; trying again

# Columns
top-col-endpoint = ENDPOINT
top-col-group = GROUP
top-col-state = STATE
top-col-latency = LATENCY
top-col-history = HISTORY
top-col-ttft = TTFT
top-col-run = RUN
top-col-priority = PRIO
top-col-turn = TURN
top-col-age = SINCE
top-col-request = REQUEST
top-col-phase = PHASE
top-col-model = MODEL
top-col-tries = TRIES
top-col-client = CLIENT
top-col-session = SESSION
top-col-time = TIME
top-col-status = STATUS
top-col-took = TOOK
top-col-in = IN
top-col-out = OUT
top-col-cost = COST
top-col-requests = REQUESTS
top-col-good = GOOD
top-col-cached = CACHED
top-col-saved = SAVED
top-col-day = DAY
top-col-level = LEVEL
top-col-message = MESSAGE
top-turn-now = now
top-unnamed = (none)
top-total = all

# Phases of a request
top-phase-receiving = receiving
top-phase-asking = asking
top-phase-answering = answering
top-phase-queued = queued
top-phase-suspended = suspended
top-phase-sharing = sharing

# Orders
top-order-config = config
top-order-turn = turn
top-order-latency = latency
top-order-state = state
top-order-name = name
top-order-longest = age
top-order-endpoint = endpoint
top-order-model = model
top-order-newest = time
top-order-slowest = duration
top-order-cost = cost
top-order-requests = requests

# Usage
top-usage-by = by
top-by-model = model
top-by-endpoint = endpoint
top-by-group = group
top-by-client = client
top-by-day = day
top-usage-today = today
top-usage-month = last 30 days

# Where there is nothing
top-nothing-passes = nothing passes the filter; Esc takes it away
top-no-endpoints = no endpoint is configured
top-no-connections = no request runs
top-no-requests = no requests yet
top-no-log = no lines yet
top-endpoint-gone = { $name } is no longer there
top-asking = asking zephyrd …
top-too-small = `zephyrctl top` needs { $columns }×{ $lines } characters; this terminal has { $has }

# What is done, and was done
top-doing-pin = pinning to { $name }: all new requests go there
top-doing-unpin = unpinning: the strategy decides again
top-doing-pause = pausing all probes: requests are served as before
top-doing-resume = resuming the probes
top-doing-probe = probing every endpoint now
top-doing-priority = giving { $name } the priority { $number }
top-doing-read = reading anew
top-done-pin = pinned to { $name }; m unpins
top-done-unpin = no longer pinned: the strategy decides
top-done-pause = probes are paused; p resumes them
top-done-resume = probes go on
top-done-probe = every endpoint was probed
top-done-priority = priority of { $name } is { $number }
top-done-priority-saved = priority of { $name } is { $number }, also in { $file }
top-done-read = read anew
top-nobody-to-pin = nobody serves: there is nobody to pin
top-no-such-endpoint = no endpoint has that key
top-priority-where = priorities are changed in the pane of the endpoints

# Questions
top-ask-filter = filter: { $typed }_
top-ask-priority = priority of { $name } (now { $now }): { $number }_
top-ask-priority-unused = {"  "}(`{ $strategy }` goes by it only among groups)
top-ask-save = priority { $number } for { $name }: into the config too? y/n  { $file }

# The last line
top-hint-endpoints = q quit  r probe  p pause  m auto/pin  1-9 pin  + - priority  Enter  Tab  ? help
top-hint-list = q quit  Tab next pane  ↑ ↓ select  Enter details  / filter  s sort  ? help
top-hint-usage = q quit  Tab next pane  ← → rows  / filter  s sort  r read anew  ? help
top-hint-help = ↑ ↓ scroll  Esc back  q quit
top-hint-detail = ↑ ↓ scroll  Esc back  q quit
top-hint-filter = Enter keep  Esc no filter  Ctrl-U empty
top-hint-priority = Enter go on  + - step  Esc leave it
top-hint-save = y into the config too  n only for now  Esc leave it

# Keys
top-key-pick = pin the endpoint with this key: all new requests go there
top-key-picks = capitals, in the order of the config: { $keys }
top-key-quit = quit
top-key-refresh = probe all endpoints now; in Usage and Running: read anew
top-key-probes = pause all probes, or resume them; requests are served as before
top-key-mode = unpin; or pin the endpoint that serves now
top-key-more = another priority for the selected endpoint, beginning one higher
top-key-less = the same, beginning one lower; asks whether to save it
top-key-up = up
top-key-down = down
top-key-page-up = a page up
top-key-page-down = a page down
top-key-home = to the beginning
top-key-end = to the end; at the log's end new lines are followed
top-key-open = details: history, limits and probes, or why a request went its way
top-key-close = back; take away the message, the filter, the selection
top-key-next-pane = next pane
top-key-last-pane = pane before
top-key-filter = only rows with a text in them
top-key-sort = next order
top-key-next-by = Usage: next kind of rows
top-key-last-by = Usage: kind of rows before
top-key-help = this help, and back
top-key-redraw = draw everything anew
top-key-suspend = back to the shell; `fg` goes on

# Errors
top-no-json = `top` draws on a terminal and has no `--json`
top-no-json-hint = `zephyrctl status --json` and `zephyrctl watch --json` tell the same to programs
top-no-terminal = `top` needs a terminal to draw on and to read keys from
top-no-terminal-hint = `zephyrctl status` and `zephyrctl watch` do without one
top-terminal-fails = the terminal does not answer
top-terminal-gone = the terminal has gone
top-no-signals = cannot listen for signals
top-too-much = too much is asked for at once: wait for what is under way
