-- Plugins are disabled, enabled and removed: who waits for one is found quickly, and a playbook that was paused says why.
create index waits_for_plugins on waits (workspace_id) where kind = 'plugin' and status = 'open';
alter table playbooks add column status_reason text; -- why the host paused it; null where a person did
