import { openDatabase } from '../../core/adapters/database.ts'
import { readConfig } from '../../core/config.ts'
import { openVault } from '../../core/credentials/open-vault.ts'
import { rotateKeys } from '../../core/credentials/rotate-keys.ts'

/** A process that rotates keys and may be told by TRAE_CRASH_AT where to die. */
const config = readConfig()
const database = await openDatabase(config, [])
const { sql } = database
await rotateKeys({ sql, ...(await openVault({ config, sql })) }, { records: process.argv.includes('--records') })
await database.close()
