-- What the shared memory knows of a decision: nothing yet (null), or how it went when it was last told (pending, success, failure).
alter table decisions add column remembered text;
create unique index memory_entries_of_decisions on memory_entries (workspace_id, origin) where origin like 'decision:%';
create index decisions_to_remember on decisions (id) where status = 'decided' and remembered is distinct from coalesce(outcome, 'pending');
