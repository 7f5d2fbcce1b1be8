-- Letters that go out and come in for real, what became of each, and answers of leads that nobody heard yet.

create table mailboxes (               -- the servers that carry a workspace's e-mail; without a row it stays on this host
  id uuid primary key,
  workspace_id uuid not null unique references workspaces,
  address text not null,               -- lower case
  name text not null,                  -- beside the address
  smtp_host text not null,
  smtp_port integer not null,
  smtp_security text not null,         -- tls | starttls | none
  smtp_user text,                      -- null: without a sign-in
  imap_host text,                      -- null: nothing is read
  imap_port integer,
  imap_security text,
  imap_user text,
  imap_folder text,
  passwords_sealed text not null,      -- {smtp, imap}
  source text not null,                -- form | environment
  outgoing_problem text,               -- why nothing goes out, in the server's words
  outgoing_at timestamptz,             -- when a letter last went out
  incoming_problem text,
  incoming_at timestamptz,             -- when the folder was last read
  uid_validity text,                   -- of the folder, as the server said it
  next_uid bigint,                     -- the first letter that is not read yet
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- state: sent | to-send | queued | sending | uncertain | failed
alter table messages add column attempts integer not null default 0;
alter table messages add column due_at timestamptz;          -- queued: when it is tried next
alter table messages add column held_until timestamptz;      -- a process is at it; also its fence
alter table messages add column answer text;                 -- what the mail server last said
alter table messages add column automatic boolean not null default false;  -- in: written by a program (RFC 3834)
alter table messages add column attention text;              -- in: open until it is known who takes it; then run | told
create index messages_in_the_post on messages (due_at) where state in ('queued', 'sending');
create index messages_unheard on messages (created_at) where attention = 'open';
