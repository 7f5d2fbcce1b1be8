-- Loops, time limits, cancellation: what a run may wait for, and being told to stop.

alter table waits add column result jsonb;       -- what ended it, where that was no event: an answer, the end of another run
alter table runs add column cancel_requested_at timestamptz;
alter table runs add column cancel_reason jsonb; -- {by, reason}
