-- What a lead is known by besides its own address and number: of records that were merged into it, and addresses that it had before. Whoever
-- writes from there, or comes back with it, is this lead.

create table lead_aliases (
  id uuid primary key,
  workspace_id uuid not null references workspaces,
  lead_id uuid not null references leads on delete cascade,
  kind text not null,                  -- email, phone, or id: of a record that is gone
  value text,                          -- in lower case, E.164, or the id; null: erased
  created_at timestamptz not null
);
create unique index lead_aliases_by_value on lead_aliases (workspace_id, kind, value) where value is not null;
create index lead_aliases_of_lead on lead_aliases (lead_id);

-- Addresses that a lead had before it came back under another one
insert into lead_aliases (id, workspace_id, lead_id, kind, value, created_at)
select gen_random_uuid(), l.workspace_id, l.id, 'email', o.address, l.updated_at
from leads l cross join lateral jsonb_array_elements_text(
  case jsonb_typeof(l.data -> 'otherEmails') when 'array' then l.data -> 'otherEmails' else '[]' end) as o(address)
where not exists (select from leads k where k.workspace_id = l.workspace_id and k.email = o.address)
on conflict do nothing;
