# States of endpoints and groups; the protocol's own words are their keys.
state-up = up
state-degraded = degraded
state-cooling = cooling
state-exhausted = exhausted
state-auth-failed = auth failed
state-misconfigured = misconfigured
state-unknown = unknown
