-- The request that an entry of the audit log came of; null for what the host did of its own accord, and for entries of before.
alter table audit_log add column request_id text;
