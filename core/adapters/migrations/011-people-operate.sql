-- What stops a run has a code that says what to do about it.

update runs set reason = jsonb_set(reason, '{code}', '"UNKNOWN_EFFECT"') where status = 'quarantined' and reason->>'code' = 'UNKNOWN_OUTCOME';
update runs set reason = jsonb_set(reason, '{code}', '"QUARANTINE"') where status = 'quarantined' and reason->>'code' = 'CRASH_LOOP';
