-- What an event did is asked for by the event, too: which runs it began, and which waits it ended.
drop index runs_started_once;
create unique index runs_started_once on runs (event_id, version_id) where origin_path is null;
create index waits_by_event on waits (event_id) where event_id is not null;
