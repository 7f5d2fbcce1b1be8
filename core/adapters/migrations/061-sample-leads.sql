-- The sample of the first steps is found at once, by whoever leaves it out of figures.
create index leads_sample on leads (workspace_id, id) where source = 'SAMPLE';
