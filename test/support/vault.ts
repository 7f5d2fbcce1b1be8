import { readConfig } from '../../core/config.ts'
import { openVault } from '../../core/credentials/open-vault.ts'
import type { Vault } from '../../core/credentials/vault.ts'
import type { Sql } from '../../core/sql.ts'

/** The vault of a database, with a key that every test knows. */
export async function openTestVault(sql: Sql, key = '01'.repeat(32)): Promise<Vault> {
  return (await openVault({ config: readConfig({ TRAE_ENCRYPTION_KEY: key }), sql })).vault
}
