-- What a request with an Idempotency-Key was answered, so that the same key is answered the same. Kept for a day.
create table idempotent_requests (
  workspace_id uuid not null references workspaces,
  asked_by uuid not null,                       -- the user or the API key: keys of others are other keys
  key text not null,
  request_hash text not null,                   -- SHA-256 of method, path, query and body
  taken_until timestamptz not null,             -- by who works on it; after that the same request may be worked on again
  status integer,                               -- null until it is answered
  answer text,                                  -- JSON, word for word
  created_at timestamptz not null,
  primary key (workspace_id, asked_by, key)
);
create index idempotent_requests_created_at on idempotent_requests (created_at);
