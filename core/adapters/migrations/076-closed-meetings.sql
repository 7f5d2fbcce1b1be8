-- What became of a meeting, as a person or the end of its call said it.

alter table meetings add column outcome_note text;           -- what they wrote beside it
alter table meetings add column closed_at timestamptz;
