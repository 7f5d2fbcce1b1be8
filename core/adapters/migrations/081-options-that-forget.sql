-- How each option went is kept with its order, so that what no longer holds is forgotten: what was learnt is folded again from the examples.
update decision_models set snapshot = null, snapshot_seq = first_seq where snapshot is not null;
