-- Behind row-level security an index is used only for what cannot leak: no coalesce, no function, no numeric comparison. So places
-- for nulls are a case, and what else is sorted by is a column.
alter table leads add column name_order text generated always as (lower(name)) stored;
alter table customers
  add column name_order text generated always as (lower(name)) stored,
  add column mrr_order bigint generated always as (coalesce((mrr * 100)::bigint, -1)) stored;
alter table deals add column amount_order bigint generated always as (coalesce((amount * 100)::bigint, -1)) stored;
drop index leads_by_score;
create index leads_by_score on leads (workspace_id, (case when score is null then -1 else score end), id);
drop index leads_by_name;
create index leads_by_name on leads (workspace_id, name_order, id);
drop index deals_by_amount;
create index deals_by_amount on deals (workspace_id, amount_order, id);
drop index deals_by_expected_close;
create index deals_by_expected_close on deals (workspace_id, (case when expected_close_on is null then date '1970-01-01' else expected_close_on end), id);
drop index customers_by_health;
create index customers_by_health on customers (workspace_id, (case when health is null then -1 else health end), id);
drop index customers_by_name;
create index customers_by_name on customers (workspace_id, name_order, id);
drop index customers_by_mrr;
create index customers_by_mrr on customers (workspace_id, mrr_order, id);
drop index charges_by_due;
create index charges_by_due on charges (workspace_id, (case when due_on is null then date '1970-01-01' else due_on end), id);
drop index proposals_by_validity;
create index proposals_by_validity on proposals (workspace_id, (case when valid_until is null then date '1970-01-01' else valid_until end), id);
