-- When somebody came with a refresh token that had been used: two hold it, and one of them stole it.
alter table sessions add column stolen_at timestamptz;
create index sessions_stolen on sessions (workspace_id, stolen_at) where stolen_at is not null;
