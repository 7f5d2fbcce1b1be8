-- The calls of a deal, and of a meeting: most calls have none of either.
create index calls_by_deal on calls (workspace_id, deal_id, started_at desc, id desc) where deal_id is not null;
create index calls_by_meeting on calls (workspace_id, meeting_id, started_at desc, id desc) where meeting_id is not null;
