-- Admission: whether, when and how many runs start. Everything is said by run rows; there are no counters.

alter table runs add column enrollment text;            -- once | ever: of its subject; null where anybody may enter
alter table runs add column idempotency_key text;
alter table runs add column concurrency_key text;       -- '' where the whole playbook is one
alter table runs add column concurrency_limit integer;
alter table runs add column concurrency_behavior text;  -- queue cancelNew cancelRunning fail
alter table runs add column rate_key text;
alter table runs add column rate_at timestamptz;        -- its turn under rateLimit; null where it got none
alter table runs add column debounce_key text;
alter table runs add column debounce_until timestamptz; -- it is postponed no further than this

-- a subject goes through once at a time, or once ever; whatever was never started does not count
create unique index runs_enrolled_once on runs (playbook_id, subject_id) where enrollment is not null and finished_at is null;
create unique index runs_enrolled_ever on runs (playbook_id, subject_id) where enrollment = 'ever';
create unique index runs_idempotent on runs (playbook_id, idempotency_key) where idempotency_key is not null;
create unique index runs_debounced on runs (playbook_id, debounce_key) where debounce_key is not null and started_at is null and finished_at is null;
create index runs_rated on runs (playbook_id, rate_key, rate_at) where rate_at is not null;

-- who is due and needs no place, or holds one already, or is to stop; the others are found by their gate
drop index runs_due;
create index runs_due on runs (due_at) where due_at is not null and (concurrency_key is null or lease_owner is not null or cancel_requested_at is not null);
create index runs_gated on runs (due_at, playbook_id, concurrency_key) where concurrency_key is not null and lease_owner is null and due_at is not null;
create index runs_queued on runs (playbook_id, concurrency_key, due_at, id) where concurrency_key is not null and lease_owner is null and due_at is not null;
create index runs_executing on runs (playbook_id, concurrency_key) where concurrency_key is not null and lease_owner is not null and finished_at is null;
create index runs_refusable on runs (playbook_id, concurrency_key) where concurrency_behavior <> 'queue' and started_at is null and lease_owner is null and due_at is not null;
