# States of endpoints and groups, of the whole, and what operators want; the protocol's own words are their keys.
state-up = up
state-degraded = degraded
state-cooling = cooling
state-exhausted = exhausted
state-auth-failed = auth failed
state-misconfigured = misconfigured
state-unknown = unknown
state-active = active
state-standby = standby
state-paused = paused
state-disabled = disabled
state-drained = drained
state-draining = draining
state-pinned = pinned
state-auto = auto
state-ok = ok
state-down = down

# How a request ended.
ended-complete = complete
ended-refused = refused
ended-cut = cut
ended-cancelled = cancelled

# What became of an attempt; also why a model is not asked for somewhere.
class-ok = ok
class-client-fault = client fault
class-declined = declined
class-connect-failed = connect failed
class-unanswered = unanswered
class-timed-out = timed out
class-stale-credential = stale credential
class-auth-failed = auth failed
class-credit-exhausted = credit exhausted
class-forbidden = forbidden
class-model-missing = model missing
class-again = again
class-rate-limited = rate limited
class-window-spent = window spent
class-family-spent = family spent
class-limit-reached = limit reached
class-overage = overage
class-server-error = server error
class-unavailable = unavailable
class-overloaded = overloaded
class-not-an-answer = not an answer
class-misconfigured = misconfigured
class-cut = cut
class-cancelled = cancelled

# Why a request waits.
waits-queued = queued
waits-suspended = suspended

# What a request asked for where that was no tokens.
operation-count-tokens = count-tokens
operation-models = models
operation-other = other

# Why an endpoint was chosen.
reason-current = it serves new requests
reason-next = the next in order that could take it
reason-stays = the conversation is there
reason-moves = the conversation moves: what it gains is worth its cache
reason-turn = its turn
reason-trial = on trial after a rest: one attempt sees whether it is back
reason-slow-start = back after a rest: its share of new requests grows
reason-last-resort = last resort: nobody was usable, and its rest ends first
reason-same = the same again
reason-default-group = the first usable one of the default group

# Periods of budgets.
period-day = day
period-week = week
period-month = month

# Service tiers.
tier-batch = batch
tier-priority = priority
tier-flex = flex

# How bad a problem of the config is.
severity-error = error
severity-warning = warning

# Lengths of time.
span-seconds = { $seconds } s
span-minutes-seconds = { $minutes } min { $seconds } s
span-minutes = { $minutes } min
span-hours = { $hours } h { $minutes } min
span-days = { $days } d { $hours } h
just-now = just now
ago = { $span } ago

# Days of the week and dates to come.
midnight = midnight
weekday-Monday = Monday
weekday-Tuesday = Tuesday
weekday-Wednesday = Wednesday
weekday-Thursday = Thursday
weekday-Friday = Friday
weekday-Saturday = Saturday
weekday-Sunday = Sunday
