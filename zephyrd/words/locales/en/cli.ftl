# Messages of zephyrctl.
#
# Commands, options, keys of the config and names in backticks are the same in every language.
# Glossary (English: Chinese): endpoint: 端点; group: 分组; provider: 提供商; probe: 探测; failover: 故障转移;
# pin: 固定; pause, resume: 暂停, 恢复; drain: 排空; limit: 额度 or 限额; cooling: 冷却中; stream: 流式; token (credential): 令牌;
# tokens (of a model): token; route: 路由; dialect: 协议方言; budget: 预算; record: 记录; prompt cache: 提示词缓存.

# The way into the web dashboard.
web-logins-end = all logins have ended, and every token is worthless
web-nowhere = the dashboard listens nowhere
web-nowhere-hint = set `listen = ["localhost:8010"]` under `[web]` in the config and restart zephyrd
web-link-lasts = Open it within { $seconds } s; it works once.
web-over-ssh = From another machine forward the port first (`{ $command }`), then open the link there.
web-no-browser = cannot run `xdg-open`
web-no-browser-hint = open the link above in a browser

# Frames: labels of errors and of what is said beside the data.
error-label = Error:
cause-label = Caused by:
hint-label = Hint:
problem-hint-label = hint:
note = note: { $text }
cannot-start-runtime = cannot start the runtime
cannot-write-output = cannot write the output
cannot-write-json = cannot write the answer as JSON
cannot-write-csv = cannot write the answer as CSV
list-comma = { ", " }
comma = { ", " }
semicolon = { "; " }

# Counts of things.
requests = { $n ->
    [one] { $n } request
   *[other] { $n } requests
}
probes = { $n ->
    [one] { $n } probe
   *[other] { $n } probes
}

# Heads of tables.
head-endpoint = ENDPOINT
head-group = GROUP
head-state = STATE
head-latency = LATENCY
head-ttft = TTFT
head-run = RUN
head-turn = TURN
head-priority = PRIO
head-price = PRICE
head-dialect = DIALECT
head-url = URL
head-usable = USABLE
head-probe = PROBE
head-result = RESULT
head-try = TRY
head-model = MODEL
head-target = TARGET
head-running = RUNNING
head-why-not = WHY NOT
head-after = AFTER
head-took = TOOK
head-status = STATUS
head-ended = ENDED
head-in = IN
head-out = OUT
head-cost = COST
head-billed = BILLED
head-time = TIME
head-request = REQUEST
head-tries = TRIES
head-from = FROM
head-kind = KIND
head-waited = WAITED
head-left = LEFT
head-client = CLIENT
head-session = SESSION
head-day = DAY
head-month = MONTH
head-requests = REQUESTS
head-ok = OK
head-input = INPUT
head-output = OUTPUT
head-cached = CACHED
head-p95 = P95

# The status: who serves, why, and how everything is.
no-endpoint-configured = no endpoint is configured
nothing-usable = nothing is usable
verdict-head = { $state }: { $sentence }
verdict-further = { $dialect }: { $sentence }
verdict-sentence = { $endpoint } serves; { $next }
verdict-sentence-why = { $endpoint } serves ({ $why }); { $next }
verdict-next = next { $endpoint }
verdict-held = nothing is next: pinned to { $endpoint } without fallback
verdict-nothing-next = nothing is next
fact-listen = listen
fact-mode = mode
fact-config = config
fact-today = today
fact-budget = budget
fact-records = records
fact-models = models
fact-probes = probes
fact-offline = offline
fact-waiting = waiting
fact-paused = paused
listens-nowhere = nowhere
daemon-up = { $version }, up { $span }
daemon-up-running = { $n ->
    [one] { $version }, up { $span }, { $n } request running
   *[other] { $version }, up { $span }, { $n } requests running
}
config-none = no file, defaults
config-loaded = { $file }, loaded { $ago }
offline-since = no endpoint beyond this machine answers since { $since }; none is blamed for it
probes-paused-note = probes are paused: the states may be old; `zephyrctl resume` goes on
reload-refused = The last reload was refused; the config before it is in force:
mode-plain = { $mode }, { $strategy }
mode-pinned = { $mode } to { $name } (no fallback); { $strategy } after `zephyrctl unpin`
mode-pinned-fallback = { $mode } to { $name } (falls back while it is down); { $strategy } after `zephyrctl unpin`
mode-by-hand = { $mode }; groups are switched by hand (`auto_switch = false`)
turn-now = now

# Why an endpoint gets no requests, or fewer.
state-also-pinned = { $state }, pinned
why-not-measured = not measured yet
why-on-trial = on trial after a rest: one request at a time
why-degraded = slow or failing
why-cooling = cooling down
why-exhausted = its limit is used up
why-auth-failed = its credential was refused
why-misconfigured = its settings do not work
why-left = { $text }, { $span } left
why-looked-at = { $text }, looked at in { $span }
why-rests = { $text }, rest { $n } in a row
why-failures = { $text }, { $n } failures in a row
why-error = { $text }: { $error }
limits-and-more = { $limits } and { $n } more
limit = { $model } { $kind }
slow-start = back after failures: its share of new requests grows for { $span } more
by-operator = { $state } by an operator; `zephyrctl resume { $name }` brings it back
by-operator-error = { $state } by an operator; last error: { $error }

# Groups.
group-screen = { $mark } group { $name }: { $state }, priority { $priority }{ $default }{ $enabled }
group-screen-plain = { $mark } group { $name }: priority { $priority }{ $default }{ $enabled }
group-default = , the default
group-off = , switched off in the config
group-usable = { $usable } of { $all }
left = { $span } left
group-cooling = all its endpoints have failed, or until one answers
group-cooling-left = all its endpoints have failed, { $span } left, or until one answers
group-exhausted = all its endpoints have reached a limit
group-exhausted-left = all its endpoints have reached a limit, { $span } left
group-paused = by an operator; `zephyrctl group resume { $name }` brings it back
group-paused-left = by an operator, { $span } left; `zephyrctl group resume { $name }` brings it back
group-disabled = switched off in the config
group-no-endpoint-on = none of its endpoints is switched on in the config
group-activated = activated by an operator
group-priority-by-hand = priority by an operator; the config says { $n }

# One endpoint.
endpoint-serves = , serves now
label-why = why
label-url = url
label-group = group
label-provider = provider
label-dialect = dialect
label-credential = credential
label-state = state
label-operator = operator
label-latency = latency
label-first-token = first token
label-limits = limits
label-in-flight = in flight
label-conversations = conversations
label-attempts = attempts
label-last-used = last used
label-priority = priority
label-price = price
label-weight = weight
label-probe = probe
label-probes-cost = probes cost
label-history = history
label-last-failure = last failure
in-flight-of-most = { $n } of at most { $max }
never = never
priority-of-both = { $priority } (group.endpoint)
probe-last = { $kind }, last { $ago }
attempts-failed = { $attempts }, { $failures } failed
attempts-failed-row = { $attempts }, { $failures } failed, { $n } in a row
failures = { $n ->
    [one] { $n } failure
   *[other] { $n } failures
}
history-sums = min { $min }, median { $median }, max { $max }, { $failures }
spent-today = { $cost } today ({ $probes })
spent-today-of = { $spent } of at most ${ $limit }

# Money on the status.
today-spent = { $requests }, { $cost }
today-spent-budget = { $spent } ({ $whose }: { $share } of { $limit }, until { $until })
budget-all = budget
budget-of = { $client }'s budget
the-budget-all = the budget
budget-what = { $whose } of { $limit } a { $period }
budget-over = { $what } is used up: requests are refused until { $until }
budget-warn = { $share } of { $what } is spent
records-wait = { $n ->
    [one] { $n } record waits to be written
   *[other] { $n } records wait to be written
}
records-wait-why = { $n ->
    [one] { $n } record waits to be written: { $why }
   *[other] { $n } records wait to be written: { $why }
}
records-lost = { $n ->
    [one] { $n } record was lost because too many waited
   *[other] { $n } records were lost because too many waited
}
mismatch = { $endpoint } answered with { $answered } where { $asked } was asked for, { $n ->
    [one] { $n } time
   *[other] { $n } times
}, last { $ago }
mismatch-more = { $told }; { $n } more of that kind

# Requests that wait.
no-request-waits = no request waits
waited-since-start = { $n ->
    [one] since the start { $n } request has waited, { $late } timed out, { $released } released
   *[other] since the start { $n } requests have waited, { $late } timed out, { $released } released
}
wait-until-recovery = { $n ->
    [one] { $n } request until something recovers
   *[other] { $n } requests until something recovers
}
wait-for-place = { $n ->
    [one] { $n } request for a place
   *[other] { $n } requests for a place
}
wait-shown = { $waiting }; `zephyrctl suspended` shows them
released-tried = { $n ->
    [one] { $n } request is tried now
   *[other] { $n } requests are tried now
}
released = { $n ->
    [one] { $n } request is released
   *[other] { $n } requests are released
}
released-nothing-usable = nothing may be asked now: they go on waiting

# Probes and tests.
healthy = healthy
failed = failed
answers = answers
test-head = { $mark } { $endpoint }: { $word }
label-error = error
label-status = status
label-model = model
label-answer = answer
label-connect = connect
label-first-byte = first byte
label-in-all = in all
label-tokens = tokens
no-answer = no answer
model-asked-answered = { $asked } asked, { $answered } answered
tokens-in = { $n } in
tokens-out = { $n } out
nothing-to-probe = there is nothing to probe

# One request, and its way.
request-head = { $mark } { $id }: { $outcome }
outcome-answered = answered with { $status }
outcome-failed = failed with { $status }
outcome-refused = refused by zephyrd with { $status }
outcome-cut = broke off inside the answer
outcome-left = left by the client
label-came = came
label-asked = asked
label-client = client
label-session = session
label-agent = agent
label-purpose = purpose
label-answered-by = answered by
label-asked-last = asked last
label-sent-as = sent as
label-stopped = stopped
label-known = known
label-cost = cost
label-lost = lost
label-saved = saved
label-bytes = bytes
came-ago = { $time }, { $ago }
asked-stream = { $asked } ({ $dialect }, a stream)
asked-whole = { $asked } ({ $dialect }, one answer)
by-shared = the answer to { $request }, which was on its way
by-stored = the stored answer to { $request }
by-endpoint = { $endpoint } of group { $group }
by-said = { $by }, which said { $status }
translated-into = translated into { $dialect }
tokens-cache-read = { $n } read from the cache
tokens-cache-5m = { $n } written to it for 5 min
tokens-cache-1h = { $n } written to it for 1 h
tokens-reasoning = { $n } of it reasoning
tokens-searches = { $n } web searches
tokens-fetches = { $n } web fetches
tokens-code = { $n } code runs
known-part = in part: it broke off before the last word on usage
known-nothing = nothing: no usage was told
cost-tier = { $cost }, { $tier }
cost-builtin = { $cost }, by the built-in prices
cost-config = { $cost }, by `[[prices]]`
cost-default = , by the default price: nobody knows the model
lost-in-attempts = { $cost } in attempts that brought no answer
saved-by-answer = { $cost } by the other answer
saved-by-cache = { $cost } by the vendor's prompt cache
bytes-both = { $received } in, { $sent } out
billed-perhaps = perhaps
billed-no = no
from-shared = (shared)
from-stored = (stored)
no-requests = no requests
requests-passed-over = { $n ->
    [one] { $n } request was passed over
   *[other] { $n } requests were passed over
}
runs-since = runs since { $took }
ended-after = ended after { $took }
ended-with-after = ended with { $status } after { $took }
refused-after = refused by zephyrd after { $took }
refused-with-after = refused by zephyrd with { $status } after { $took }
cut-after = broke off inside the answer after { $took }
left-after = left by the client after { $took }
ended = ended
chose = chose { $endpoint } { $group }: { $why }
chose-as = chose { $endpoint } { $group } as { $model }: { $why }
chose-by-route = { $chose }, by the route `{ $route }`
step-failed = failed after { $took }: { $class }
nobody-could = nobody could be asked
nobody-back = { $nobody }; the first may be back in { $span }
answer-began = the answer began: { $status }
waits-place = waits for a place
waits-nothing-usable = waits: nothing is usable
waits-why = { $waits }: { $why }
served-by-stored = served by the stored answer to { $request }
served-by-shared = served by the answer to { $request }, which was on its way
step-unknown = something that this zephyrctl does not know
n-more = { $n } more
bar = { $endpoint } ({ $why })
passed-over = passed over
reads-anew = reads anew
tokens-cached-elsewhere = { $tokens } tokens of the conversation, cached elsewhere
in-order = in order
order-why = { $order }: { $why }
out-as-of = out as of { $time }
left-out = left out
because = because

# Where a request would go.
route-goes = { $mark } a request for { $model } ({ $dialect }) would go to { $endpoint }: { $why }
route-goes-as = { $mark } a request for { $model } ({ $dialect }) would go to { $endpoint } as { $sent }: { $why }
route-nobody = { $mark } nobody could serve a request for { $model } ({ $dialect }): { $why }
route-line = { $why } in line { $line }

# Reports of usage.
no-requests-when = no requests{ $since }{ $until }
since = { " " }since { $time }
until = { " " }until { $time }
none = (none)
total = total
cache-saved = prompt caches saved: { $cost }
cache-cost-more = prompt caches cost more than they saved: { $cost }
answers-saved = shared and stored answers saved: { $cost } ({ $requests }: { $shared } shared, { $stored } stored)
report-lost = lost in attempts that brought no answer: { $cost }
report-retried = { $requests } took more than one attempt
report-cancelled = { $n ->
    [one] { $n } request was left by the client
   *[other] { $n } requests were left by the client
}
report-partial = { $requests } broke off: what they used is known in part
report-default-priced = { $n ->
    [one] { $n } request was priced by the default price, because nobody knows the model: set `[[prices]]`
   *[other] { $n } requests were priced by the default price, because nobody knows the model: set `[[prices]]`
}
report-mismatches = { $n ->
    [one] { $n } request was answered by another model than was asked for
   *[other] { $n } requests were answered by another model than was asked for
}
report-probes = probes cost beside that: { $cost } ({ $probes })

# What changes, as it changes.
changes-missed = { $n } changes were missed
pinned-to-fallback = pinned to { $name }, with fallback
pinned-to = pinned to { $name }
no-longer-pinned = no longer pinned
offline = offline
no-longer-offline = no longer offline
probes-paused = probes are paused
probes-go-on = probes go on
watch-group = { $mark } group { $name }
is-gone = { $name } is gone
is-new = { $name } is new
changed-why = { $change } ({ $why })
watch-ended = zephyrd ended the watch
watch-again = it stops or restarts: watch again
follow-ended = zephyrd ended the stream of requests
follow-again = it stops or restarts: follow again
follow-most-first = `--follow` shows at most { $n } requests first
no-record = no record of a request `{ $id }`
no-record-hint = ids are in the answers' header `X-Request-Id`; records are kept for `[usage] retention_days`

# What was done.
is-paused = { $name } is paused
is-resumed = { $name } is resumed
is-drained = { $name } is drained
drains = { $name } drains: { $requests } in flight
draining = draining { $name }: { $requests } in flight
still-in-flight = `{ $name }` still has { $requests } in flight
wait-ended = zephyrd ended the wait
wait-ended-early = zephyrd ended the wait before it began
group-is-active = group { $name } is active
group-is-activated = group { $name } is activated, and { $state } so far
group-is-paused-for = group { $name } is paused for { $span }
group-is-paused = group { $name } is paused
group-is-resumed = group { $name } is resumed
length-forms = write `45s`, `30m`, `2h` or `1d`: at least a second
priority-is = priority of { $name } is { $n }
priority-is-also-in = priority of { $name } is { $n }, also in { $file }
priority-is-configs = priority of { $name } is the config's
priority-unused = the strategy `{ $strategy }` does not go by the priorities of endpoints
no-config-file = there is no config file: the defaults are in force
no-config-file-effective = there is no config file: the defaults are in force (`--effective` shows them)
priority-without-save = without `--save` the number holds until `--reset`
priority-counts-once-mended = `{ $file }` has the number, and it counts once the rest is mended
reloaded-nothing = reloaded: nothing changed
reloaded = { $n ->
    [one] reloaded: { $n } change
   *[other] reloaded: { $n } changes
}

# Names that nobody has.
unknown-name = no endpoint or group is named `{ $name }`
did-you-mean = did you mean `{ $name }`?
list-shows-names = `zephyrctl list` shows the names

# The connection, and refusals by their reasons.
no-permission-to-open = no permission to open `{ $path }`
join-group-hint = operators are in the group `zephyr`: `sudo usermod -aG zephyr $USER`, then log in again
not-running = zephyrd is not running
start-hint = start it with `systemctl start zephyrd`, or run `zephyrd` in your own session
socket-hint = if it runs, `--socket` or `{ $variable }` names another socket than its own
no-socket = there is no socket `{ $path }`
nobody-listens = nobody listens on `{ $path }`
nobody-answers = nobody answers within 2 s on `{ $path }`
socket-error = { $error }: `{ $path }`
not-the-protocol = `{ $path }` does not speak the control protocol
connection-ended = zephyrd ended the connection on `{ $path }`
connection-ended-hint = `zephyrctl status` tells whether it is back, `journalctl -u zephyrd` why it went
refused-with-code = zephyrd refused: { $code }
unknown-call-hint = this zephyrd does not know that call: compare `zephyrctl version`
operators-only-hint = for operators only: join the group `zephyr`, or use `sudo`
late = zephyrd did not answer within { $seconds } s
late-cause = the call on `{ $path }` has no answer
late-hint = `journalctl -u zephyrd` tells what it does
answer-not-whole = zephyrd ended the answer before it was whole
ask-again = it stops or restarts: ask again
refusal-unknown-name = there is no `{ $subject }`
refusal-no-permission = no permission: { $subject }
refusal-config-invalid = the config has problems; nothing was changed
refusal-not-pinned = nothing is pinned
refusal-not-paused = `{ $subject }` is not paused
refusal-probes-not-paused = monitoring is not paused
refusal-stopping = zephyrd is stopping
refusal-store-unavailable = the records cannot be read
refusal-cooling = group `{ $subject }` cools down
refusal-no-healthy-endpoint = no endpoint of group `{ $subject }` is usable
refusal-already-active = group `{ $subject }` is active already
refusal-disabled = group `{ $subject }` is switched off in the config
refusal-paused = group `{ $subject }` is paused
refusal-not-overridden = the priority of `{ $subject }` is the config's already
refusal-invalid-argument = the request makes no sense
refusal-hint-disabled = set `enabled = true` on it and on one of its endpoints, then `zephyrctl reload`
refusal-hint-paused = `zephyrctl group resume { $subject }` ends that, `--force` does both
refusal-hint-cooling = the first of its endpoints that answers ends that; `--force` tries it at once
refusal-hint-no-healthy-endpoint = `zephyrctl show { $subject }` tells more
refusal-hint-store-unavailable = `zephyrctl status` tells how the store is; requests are served as ever
refusal-hint-config-invalid = `zephyrd check` shows them all

# Which requests.
since-not-before-until = `--since` is not before `--until`
not-before = { $since } is not before { $until }
day-begins-hint = a day is where it begins: `--since yesterday --until today` is the whole of yesterday
until-too-far = `--until` is too far away
time-forms = write `2026-11-21`, `2026-11-21T10:00`, RFC 3339 as `2026-11-21T10:00:00Z`, `today`, `yesterday`, `month`, or how long ago: `30m`, `24h`, `7d`, `2w`

# Settings of clients, and files.
codex-note = not every version of Codex reads OPENAI_BASE_URL; `zephyrctl env codex --write` works for all
env-wrote = { $client } uses { $base } from its next start on: wrote { $file }
env-undo-hint = `zephyrctl env { $client } --undo` gives back what stood there
env-already = { $client } uses { $base } already: { $file }
env-gave-back = gave back what stood in { $file }
env-nothing-back = nothing to give back in { $file }
no-settings-file = { $client } has no settings file to write
no-settings-file-hint = put the line that `zephyrctl env { $client }` prints into the profile of your shell
where-settings = cannot tell where the settings of { $client } are
where-settings-hint = set `HOME`, or run it as the user whose settings they are
usual-assumed = { $error }; { $base } is assumed
left-as-is = `{ $file }` was left as it is
earlier-values-in = the earlier values are in `{ $file }`
changed-since = `{ $key }` was changed since it was written
by-hand-hint = nothing was taken back: set it by hand
cannot-read = cannot read `{ $path }`
cannot-write = cannot write `{ $path }`
cannot-remove = cannot remove `{ $path }`
own-or-sudo-hint = use `sudo`, or become its owner
too-large = it is larger than 4 MiB
cannot-understand = cannot understand `{ $path }`
other-version-hint = it was written by another version of zephyrctl
cannot-write-earlier = cannot write the earlier values
not-json = the settings are not valid JSON
not-json-object = the settings are not a JSON object
not-object = `{ $key }` in the settings is not an object
not-toml = the settings are not valid TOML
not-table = `{ $key }` in the settings is not a table
cannot-write-toml = cannot write that as TOML
not-plain-value = `{ $key }` in the settings is not a plain value
no-such-file = there is no `{ $path }`
config-not-toml = the config is not valid TOML
config-names-no = the config names no `{ $name }`

# The config, versions and the rest.
config-has-errors = the config has errors
check-ended-signal = `{ $program } check` ended with a signal
check-ended-status = `{ $program } check` ended with status { $code }
cannot-run = cannot run `{ $program }`
checker-hint = the checker is zephyrd itself: install it beside zephyrctl or in `PATH`
would-read = zephyrd is not running; it would read
no-completion = no completion for { $shell }
daemon-version = zephyrd { $version } (process { $pid } on { $socket })
versions-differ = zephyrd speaks { $theirs }, zephyrctl { $ours }
cannot-write-man = cannot write man pages to `{ $path }`

# The log.
lines-missed = { $n ->
    [one] { $n } line was passed over
   *[other] { $n } lines were passed over
}
log-of-the-past = zephyrd does not run: this is what it has written into the journal
journal-not-readable = the journal cannot be read: this is what zephyrd has in memory
journal-ended = `journalctl` ended
log-waits = zephyrd is gone: waiting for it
log-goes-on = zephyrd is back
