-- What the host itself has told the shared memory: it tells a thing once, and leaves alone what was forgotten since.
alter table memory_spaces add column diagnoses jsonb not null default '{}';   -- by skill: when the diagnosis was made that was told last
alter table memory_spaces add column contexts jsonb not null default '{}';    -- by module: a hash of the text that was told last
alter table memory_spaces add column contexts_of text;                        -- a hash of modules and playbooks as they were then
alter table memory_spaces add column contexts_at timestamptz;                 -- when the figures were counted
create index journal_diagnoses on journal (workspace_id, at) where kind = 'step.completed' and data ->> 'by' like 'diagnostico@%';
