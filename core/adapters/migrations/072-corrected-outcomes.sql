-- An outcome that is corrected changes an example in the middle: what was learnt of this generation is folded again, from where it began.
alter table decision_models add column refolds integer not null default 0;   -- counts these
alter table decision_models add column first_seq bigint not null default 0;  -- examples up to here were forgotten by a reset
update decision_models m set first_seq = coalesce(
  (select min(e.seq) - 1 from decision_examples e join decisions d on d.id = e.decision_id
   where e.policy_id = m.policy_id and d.generation = m.generation),
  m.snapshot_seq)
where m.generation > 1;
