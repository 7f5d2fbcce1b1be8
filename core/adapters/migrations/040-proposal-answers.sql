-- What a customer answers to a proposal, and the file that they got.
alter table proposals add column revision integer not null default 1; -- counts the changes of the draft
alter table proposals add column sent_at timestamptz;
alter table proposals add column seen_at timestamptz;                 -- first opened by its link
alter table proposals add column decided_at timestamptz;
alter table proposals add column decided_by text;                     -- the name that was typed; null where a person here said so
alter table proposals add column decision_note text;
create index proposals_by_lead on proposals (workspace_id, lead_id, created_at desc);

create table proposal_documents (
  proposal_id uuid primary key references proposals on delete cascade,
  workspace_id uuid not null references workspaces,
  content bytea,                       -- the PDF; null once the person was erased
  sha256 text not null,
  made_at timestamptz not null
);
