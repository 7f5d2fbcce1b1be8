-- Behind row-level security `ilike` uses no index, for it might tell of a row in an error. So who looks for a few of many leads asks
-- this function first, which is the owner's and answers with ids of the workspace alone: null where there are more than `most`, where
-- the pattern is too short for three letters to be looked up, and where the index is missing (core/adapters/lead-search.ts makes it).
create function leads_found(pattern text, workspace uuid, most int) returns uuid[]
  language plpgsql stable security definer set search_path from current set plan_cache_mode = force_custom_plan as $$
  begin if length(pattern) < 5 or to_regclass('leads_by_words') is null then return null; end if; return (select case when count(*) <= most then coalesce(array_agg(id), '{}') end from (select id from leads where workspace_id = workspace and workspace = coalesce(nullif(current_setting('trae.workspace', true), '')::uuid, workspace) and (name ilike pattern or email ilike pattern or company ilike pattern) limit most + 1) found); end $$;
