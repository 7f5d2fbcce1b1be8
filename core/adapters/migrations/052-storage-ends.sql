-- What a plugin keeps may have an end: it is not found after it, and goes with the next thing that the plugin keeps.
alter table plugin_storage add column expires_at timestamptz;
create index plugin_storage_ends on plugin_storage (installation_id, expires_at) where expires_at is not null;
