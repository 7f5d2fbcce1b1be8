-- Runs that took longer than they should are few among many, and asked for by themselves
create index runs_breached on runs (workspace_id, created_at desc, id desc) where sla_state = 'breached';
