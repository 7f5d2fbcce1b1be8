/**
 * Every column that holds sealed values. A test compares this list with the database: a column `…_sealed` that is not in it
 * would be left behind when keys are changed.
 */
export interface SealedColumn {
  readonly table: string
  readonly column: string
  /** The primary key. */
  readonly key: string
  /** SQL: the workspace part of its place. */
  readonly workspace: string
  /** The last part of its place. */
  readonly field: string
}

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'credentials', column: 'secrets_sealed', key: 'id', workspace: 'workspace_id', field: 'secrets' },
  {
    table: 'credential_sign_ins',
    column: 'verifier_sealed',
    key: 'state_hash',
    workspace: 'workspace_id',
    field: 'verifier',
  },
  {
    table: 'calendar_sources',
    column: 'address_sealed',
    key: 'id',
    workspace: 'workspace_id',
    field: 'address',
  },
  { table: 'mailboxes', column: 'passwords_sealed', key: 'id', workspace: 'workspace_id', field: 'passwords' },
  { table: 'webhooks', column: 'secret_sealed', key: 'id', workspace: 'workspace_id', field: 'secret' },
  { table: 'webhooks', column: 'token_sealed', key: 'id', workspace: 'workspace_id', field: 'token' },
  { table: 'webhooks', column: 'test_token_sealed', key: 'id', workspace: 'workspace_id', field: 'test_token' },
  { table: 'plugin_triggers', column: 'secret_sealed', key: 'id', workspace: 'workspace_id', field: 'secret' },
  { table: 'plugin_triggers', column: 'token_sealed', key: 'id', workspace: 'workspace_id', field: 'token' },
  { table: 'alert_channels', column: 'settings_sealed', key: 'id', workspace: 'workspace_id', field: 'settings' },
  {
    table: 'refresh_tokens',
    column: 'successor_sealed',
    key: 'id',
    workspace: '(select s.workspace_id from sessions s where s.id = refresh_tokens.session_id)',
    field: 'successor',
  },
  { table: 'users', column: 'totp_sealed', key: 'id', workspace: `'-'`, field: 'totp' },
  { table: 'signing_keys', column: 'private_sealed', key: 'kid', workspace: `'-'`, field: 'private' },
]
