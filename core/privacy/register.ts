/**
 * The register of personal data: for every text and JSON column of the database, what it is to a person. A test compares it with
 * the database and fails for a column that is not here: export and erasure walk this list, and would leave it out.
 *
 *   plain    nothing about a person (states, keys of ours, settings)
 *   secret   sealed values and hashes: never handed out
 *   text     about or by a person: handed out; becomes `[erased]`
 *   null     the same, and becomes null
 *   object   JSON that is the person's as a whole; becomes {}
 *   list     the same; becomes []
 *   json     JSON with a structure that the product still reads: its texts become `[erased]`, its keys stay
 */
export type ColumnClass = 'plain' | 'secret' | 'text' | 'null' | 'object' | 'list' | 'json'

export interface RegisteredTable {
  /**
   * SQL: is a row (`t`) about the person? $1 is the workspace, $2 the ids of their leads, $3 their addresses and numbers. Without
   * it no row is ever about one person.
   */
  readonly about?: string
  /** Rows of anybody are looked through for the person's address and number as well. */
  readonly mentions?: true
  /** An erasure takes away the rows that are about the person or mention them: what they plan would be done about them. */
  readonly remove?: true
  /** `keep`: an erasure leaves it as it is, and `why` says on what ground. */
  readonly keep?: string
  /** SQL that an erasure sets besides. */
  readonly also?: string
  readonly columns: Readonly<Record<string, ColumnClass>>
}

const of = <Class extends ColumnClass>(as: Class, names: string): Record<string, Class> =>
  Object.fromEntries(names.split(' ').map(name => [name, as]))
const plain = (names: string) => of('plain', names)
const secret = (names: string) => of('secret', names)

const LEAD = 't.lead_id = any($2::uuid[])'
const SUBJECT = 't.subject_id = any($2::uuid[])'
const RUN = 't.run_id in (select id from runs where workspace_id = $1 and subject_id = any($2::uuid[]))'
const ADDRESS = 't.email = any($3::text[])'
const MEMBER = 'the account of somebody who works here; it ends with their membership'

export const REGISTER: Readonly<Record<string, RegisteredTable>> = {
  // People that the company sells to
  leads: {
    about: 't.id = any($2::uuid[])',
    columns: {
      ...of('null', 'email phone company job_title'),
      ...of('object', 'data utm'),
      ...of('list', 'score_factors'),
      ...plain('source locale status'),
      name_order: 'secret', // made of the name by the database
      name: 'text',
      consent: 'json',
    },
  },
  lead_aliases: { about: `(${LEAD} or t.value = any($3::text[]))`, columns: { kind: 'plain', value: 'null' } },
  messages: {
    about: LEAD,
    mentions: true,
    columns: {
      ...of('text', 'from_address to_address subject body'),
      ...of('null', 'bounce_reason external_id answer'),
      ...plain('direction channel key state attention'),
    },
  },
  meetings: {
    about: LEAD,
    mentions: true,
    columns: {
      ...plain('status key answer'),
      title: 'text',
      ...of('null', 'location briefing answer_note outcome_note'),
      attendees: 'list',
    },
  },
  provider_meetings: {
    about: LEAD,
    mentions: true,
    columns: {
      ...plain('plugin_id account external_id status wish'),
      title: 'text',
      ...of('null', 'location wish_reason'),
    },
  },
  activities: {
    about: LEAD,
    mentions: true,
    columns: { ...plain('kind key'), summary: 'text', data: 'object' },
  },
  deals: { about: LEAD, columns: { ...plain('stage currency key'), title: 'text', lost_reason: 'null' } },
  customers: {
    about: LEAD,
    columns: {
      ...plain('status plan currency'),
      name: 'text',
      name_order: 'secret', // made of the name by the database
      facts: 'object',
      health_factors: 'list',
    },
  },
  notices: { about: LEAD, mentions: true, columns: { title: 'text', body: 'null', key: 'plain' } },
  charges: {
    about: LEAD,
    keep: 'bookkeeping, which the law wants kept (art. 16, I)',
    columns: { ...plain('status currency method key'), ...of('text', 'description note'), customer: 'json' },
  },
  proposals: {
    about: LEAD,
    columns: {
      ...plain('status currency key'),
      title: 'text',
      ...of('null', 'introduction terms decided_by decision_note'),
      items: 'json',
    },
  },
  calls: { about: LEAD, columns: { ...plain('status key'), summary: 'json' } },
  call_lines: {
    about: 't.call_id in (select id from calls where workspace_id = $1 and lead_id = any($2::uuid[]))',
    columns: { who: 'plain', text: 'text' },
  },
  call_advice: {
    about: 't.call_id in (select id from calls where workspace_id = $1 and lead_id = any($2::uuid[]))',
    columns: { action: 'plain', ...of('null', 'output error') },
  },
  proposal_documents: {
    about: 't.proposal_id in (select id from proposals where workspace_id = $1 and lead_id = any($2::uuid[]))',
    columns: { content: 'null', sha256: 'plain' },
  },
  audience_members: { about: LEAD, columns: plain('audience') },

  // What happened, and what was done about it
  events: {
    about: SUBJECT,
    mentions: true,
    columns: { ...plain('type source account'), ...of('json', 'data target'), dedupe_key: 'null' },
  },
  runs: {
    about: SUBJECT,
    mentions: true,
    columns: {
      ...plain('status enrollment concurrency_behavior parent_path origin_path sla_behavior sla_state'),
      ...plain('concurrency_key rate_key debounce_key idempotency_key'),
      ...of('json', 'reason output error cancel_reason inputs'),
    },
  },
  journal: { about: RUN, mentions: true, columns: { ...plain('kind path'), data: 'json' } },
  large_values: { about: RUN, mentions: true, columns: { value: 'json', refs: 'plain' } },
  waits: { about: RUN, columns: { ...plain('path kind status'), result: 'json' } },
  wait_events: { about: SUBJECT, columns: { ...plain('path type account'), correlate: 'json' } },
  effects: { about: RUN, columns: plain('key path action status') },
  approvals: {
    about: RUN,
    mentions: true,
    columns: { ...plain('path status form'), title: 'text', message: 'null' },
  },
  approval_votes: {
    about: `(${ADDRESS} or t.approval_id in (select a.id from approvals a join runs r on r.id = a.run_id
              where a.workspace_id = $1 and r.subject_id = any($2::uuid[])))`,
    keep: 'who decided, of the people who were asked; the texts of what was asked are erased',
    columns: {
      ...plain('locale decision'),
      ...of('text', 'email name comment'),
      token_hash: 'secret',
      form: 'json',
    },
  },
  tasks: {
    about: SUBJECT,
    mentions: true,
    columns: {
      ...plain('module action priority status path source dedupe_key reason'),
      ...of('json', 'data result error'),
      note: 'null',
    },
  },
  decisions: {
    about: SUBJECT,
    mentions: true,
    columns: {
      ...plain('module outcome type status recommended chosen path request_key outcome_source remembered'),
      ...of('json', 'context decision'),
      question: 'text',
      comment: 'null',
    },
  },
  decision_examples: {
    about: 't.decision_id in (select id from decisions where workspace_id = $1 and subject_id = any($2::uuid[]))',
    columns: { option: 'plain', context: 'json' },
  },
  decision_listens: {
    about: 't.decision_id in (select id from decisions where workspace_id = $1 and subject_id = any($2::uuid[]))',
    columns: { type: 'plain', correlate: 'json' },
  },
  memory_entries: {
    about: SUBJECT,
    mentions: true,
    // what is about the person is gone before (memory/forget.ts), under a revision that stands in this transaction
    also: 'stale = true, failures = 0, try_at = null, revision = (select revision from memory_spaces s where s.workspace_id = t.workspace_id)',
    columns: { ...plain('key type module outcome origin vectors_of'), content: 'text', data: 'json' },
  },
  llm_calls: { about: RUN, mentions: true, columns: { ...plain('key model'), request_hash: 'secret', answer: 'json' } },
  webhook_posts: { mentions: true, columns: { data: 'json' } },
  idempotent_requests: { mentions: true, columns: { key: 'plain', request_hash: 'secret', answer: 'null' } },
  plugin_storage: { mentions: true, columns: { key: 'plain', value: 'json' } },
  planned_calls: {
    mentions: true,
    remove: true,
    columns: { ...plain('action account every origin error'), key: 'text', input: 'json' },
  },
  incidents: { mentions: true, columns: { ...plain('module status resolved_by'), summary: 'text' } },
  incident_entries: { columns: { kind: 'plain', data: 'plain' } },
  alerts: {
    mentions: true,
    columns: { ...plain('rule subject subject_name severity status'), ...of('null', 'comment detail') },
  },
  alert_changes: { columns: plain('kind') },
  alert_deliveries: { columns: plain('kind channel status last_error') },
  audit_log: {
    about: `t.target in (select 'lead:' || unnest($2::uuid[])::text)`,
    keep: 'proof of what was done; it names ids, never people (art. 16, I)',
    columns: plain('actor action target data previous_hash hash request_id'),
  },
  data_subject_requests: {
    about: 't.subject = any($3::text[])',
    keep: 'proof that a request was answered; its subject becomes a hash',
    columns: { ...plain('kind status report'), subject: 'text', correction: 'json', note: 'text' },
  },
  objectives: { mentions: true, columns: { ...plain('status key'), title: 'text', description: 'null' } },
  key_results: { mentions: true, columns: { title: 'text', metric: 'plain' } },
  key_result_values: { mentions: true, columns: { note: 'null' } },
  suppressions: { columns: secret('hash') },

  // People who work here
  users: {
    about: `${ADDRESS} and exists (select from memberships m where m.user_id = t.id and m.workspace_id = $1)`,
    keep: MEMBER,
    columns: { ...of('text', 'email name'), locale: 'plain', ...secret('password_hash totp_sealed') },
  },
  sessions: {
    about: 't.user_id in (select id from users where email = any($3::text[]))',
    keep: MEMBER,
    columns: of('text', 'user_agent address'),
  },
  absences: { keep: MEMBER, columns: { ...plain('source external_id'), title: 'text' } },
  invitations: { about: ADDRESS, keep: MEMBER, columns: { email: 'text', role: 'plain', token_hash: 'secret' } },
  identities: {
    about: 't.user_id in (select id from users where email = any($3::text[]))',
    keep: MEMBER,
    columns: of('text', 'issuer subject'),
  },
  memberships: { columns: plain('role') },
  working_hours: { keep: MEMBER, columns: plain('days time_zone') },
  api_keys: { columns: { ...plain('public_id name scopes addresses'), secret_hash: 'secret' } },
  password_resets: { columns: secret('token_hash') },
  recovery_codes: { columns: secret('code_hash') },
  refresh_tokens: { columns: secret('secret_hash successor_sealed') },

  // The installation
  alert_channels: { columns: { ...plain('kind host'), settings_sealed: 'secret' } },
  alert_rules: { columns: plain('key severity channels') },
  alert_watches: { columns: plain('rule subject') },
  brain_leader: { columns: plain('process') },
  calendar_feeds: { keep: MEMBER, columns: plain('scope') },
  calendar_sources: { keep: MEMBER, columns: { ...plain('host etag problem'), address_sealed: 'secret' } },
  backup_state: { columns: plain('file drilled_file problem') },
  campaigns: { columns: plain('name channel status currency') },
  landing_pages: { columns: plain('slug status content') },
  landing_page_versions: { columns: plain('content') },
  credential_sign_ins: { columns: { ...secret('state_hash verifier_sealed'), redirect_uri: 'plain' } },
  credentials: {
    columns: {
      ...plain('template status status_reason public_fields account former_accounts'),
      secrets_sealed: 'secret',
    },
  },
  data_keys: { columns: { ...plain('purpose kek_id'), wrapped: 'secret' } },
  decision_models: { columns: plain('snapshot') },
  decision_policies: { columns: plain('slug name module type source hash file_hash input options') },
  decision_policy_versions: { columns: plain('source hash') },
  installations: { columns: plain('plugin_id version digest status status_reason granted source default_account') },
  metrics: { columns: plain('module metric_name') },
  mailboxes: {
    columns: {
      ...plain('address name smtp_host smtp_security smtp_user imap_host imap_security imap_user imap_folder'),
      ...plain('source outgoing_problem incoming_problem uid_validity'),
      passwords_sealed: 'secret',
    },
  },
  memory_removals: { columns: plain('key') },
  memory_store: { columns: plain('kind vectors_of moving_to leaving lease_owner failure') },
  memory_spaces: { columns: plain('diagnoses contexts contexts_of') }, // of the company, nobody's name
  memory_vector_spaces: { columns: plain('space') },
  memory_vectors: { columns: plain('space id components metadata') },
  migrations: { columns: plain('name') },
  modules: { columns: plain('key mode reason priority changed_by') },
  playbook_drafts: { columns: plain('source source_hash') },
  playbook_versions: { columns: plain('source source_hash plugins providers origin note tests') },
  playbooks: { columns: plain('slug name module status file_hash file_checked_by status_reason made_for') },
  plugin_kill_list: { columns: plain('origin entries problem') },
  plugin_events: { columns: plain('trigger last_error') },
  plugin_packages: { columns: plain('digest plugin_id version manifest bundle source_map') },
  plugin_previews: { columns: plain('digest source') },
  plugin_traffic: { columns: plain('host') },
  plugin_triggers: {
    columns: { ...plain('trigger account cursor last_error'), ...secret('token_hash token_sealed secret_sealed') },
  },
  processes: { columns: plain('process') },
  scaling: { columns: plain('reasons wanted') },
  scaling_changes: { columns: plain('reasons load') },
  schedules: { columns: plain('trigger timing missed overlap queued') },
  sentinels: { columns: { key_id: 'plain', sealed: 'secret' } },
  service_bindings: { columns: plain('service plugin_id condition account') },
  signing_keys: { columns: { ...plain('kid public_jwk'), private_sealed: 'secret' } },
  trigger_registrations: { columns: plain('mode address data old last_error') },
  webhooks: {
    columns: {
      ...plain('slug event_type trigger'),
      ...secret('secret_sealed token_hash token_sealed test_token_hash test_token_sealed'),
    },
  },
  workspaces: { columns: plain('slug name time_zone locale next_steps') },
}
