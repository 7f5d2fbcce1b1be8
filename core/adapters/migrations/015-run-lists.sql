-- Few runs among many that people ask for by themselves; without these a page of them reads all the others
create index runs_open on runs (workspace_id, created_at desc, id desc) where finished_at is null;
create index runs_troubled on runs (workspace_id, created_at desc, id desc) where status in ('failed', 'cancelled', 'quarantined');
