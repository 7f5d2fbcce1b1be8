import { rotateSigningKeys } from '../access/signing-keys.ts'
import { openDatabase } from '../adapters/database.ts'
import { createClock } from '../clock.ts'
import { readConfig } from '../config.ts'
import type { Core } from '../context.ts'
import type { KeyRing } from '../credentials/key-ring.ts'
import { keyStatus, type KeyStatus } from '../credentials/key-status.ts'
import { openVault } from '../credentials/open-vault.ts'
import { rotateKeys } from '../credentials/rotate-keys.ts'
import { defineCommand } from './command.ts'
import { inColumns, type Terminal } from './terminal.ts'

const ABOUT_DATABASE =
  'Opens the database itself, with the environment of the host: stop a host that uses the embedded one first. Nothing here ever shows a key.'

export const keysList = defineCommand({
  usage: 'keys list',
  about: `The encryption keys that this environment names and the database knows, by their ids (the first 8 digits of the SHA-256). ${ABOUT_DATABASE}`,
  flags: {},
  positionals: { least: 0, most: 0 },
  run: ({ terminal }) =>
    withKeys(terminal, async ({ sql, ring }) => {
      const { keys } = await keyStatus({ sql }, ring)
      terminal.line(inColumns(keys.map(key => [key.keyId, standing(key)])))
      terminal.data(keys.map(({ keyId, newest, configured }) => ({ keyId, newest, configured })))
    }),
})

export const keysStatus = defineCommand({
  usage: 'keys status',
  about: `What is sealed by which key: how many data keys each encryption key wraps, how many records each data key opens, and which key may go. ${ABOUT_DATABASE}`,
  flags: {},
  positionals: { least: 0, most: 0 },
  run: ({ terminal }) =>
    withKeys(terminal, async ({ sql, ring }) => {
      const { keys, dataKeys } = await keyStatus({ sql }, ring)
      terminal.line('Encryption keys:')
      terminal.line(
        inColumns(
          keys.map(key => [
            key.keyId,
            `${standing(key)}: ${key.dataKeys} data keys${key.records > 0 ? `, ${key.records} records of the old format` : ''}${
              !key.newest && key.dataKeys + key.records === 0
                ? '; nothing needs it: take it out of TRAE_ENCRYPTION_KEY'
                : ''
            }`,
          ]),
        ),
      )
      terminal.line('Data keys:')
      terminal.line(
        inColumns(
          dataKeys.map(key => [
            key.id,
            `${key.workspaceId ? `workspace ${key.workspaceId}` : 'the host'}, ${
              key.purpose === 'derive' ? 'derives' : `${key.records} records`
            }, wrapped by ${key.kekId}${key.retired ? ', retired' : ''}`,
          ]),
        ),
      )
      terminal.data({ keys, dataKeys })
    }),
})

export const keysRotate = defineCommand({
  usage: 'keys rotate [--records] [--signing]',
  about: `Wraps every data key by the newest encryption key and seals what is left of the old format anew. First name the new key behind the old one everywhere and restart, then in front of it, then rotate; take the old one out when keys status says that nothing needs it. May be stopped at any time: called again, it goes on. ${ABOUT_DATABASE}`,
  flags: {
    records: {
      type: 'boolean',
      help: 'make new data keys, too, and seal every record anew: for when a key has become known',
    },
    signing: {
      type: 'boolean',
      help: 'replace the key that signs access tokens: the one published ahead takes over, and who is signed in gets a new token by itself',
    },
  },
  positionals: { least: 0, most: 0 },
  run: ({ terminal, flags }) =>
    withKeys(terminal, async core => {
      const done = await rotateKeys(core, {
        records: flags.records === true,
        progress: left => terminal.progress([...left].map(([key, records]) => `${key}: ${records} records`).join(', ')),
      })
      terminal.line(
        `${done.rewrapped} data keys wrapped by ${core.ring.newest}, ${done.replaced} replaced, ${done.resealed} records sealed anew, ${done.dropped} data keys dropped.`,
      )
      const signing = flags.signing ? await rotateSigningKeys({ ...core, clock: createClock() }) : undefined
      if (signing)
        terminal.line(
          `Access tokens are signed by ${signing.signs} from now on, ${signing.follows} follows it. Those of ${signing.refused.join(', ')} are refused: running hosts follow within 5 seconds.`,
        )
      const { keys } = await keyStatus(core, core.ring)
      const free = keys.filter(key => !key.newest && key.dataKeys + key.records === 0)
      for (const { keyId } of free)
        terminal.line(`Nothing needs ${keyId} any more: take it out of TRAE_ENCRYPTION_KEY.`)
      terminal.data({ ...done, keys, ...(signing ? { signing } : {}) })
    }),
})

const standing = ({ newest, configured }: KeyStatus) =>
  newest ? 'newest, wraps' : configured ? 'older, unwraps' : 'not in this environment'

async function withKeys(
  terminal: Terminal,
  work: (core: Pick<Core, 'sql' | 'vault'> & { readonly ring: KeyRing }) => Promise<void>,
): Promise<number> {
  const config = readConfig()
  const progress = (text: string) => terminal.progress(text)
  const database = await openDatabase(config, [], progress)
  try {
    const { sql } = database
    await work({ sql, ...(await openVault({ config, sql }, progress)) })
    return 0
  } finally {
    await database.close()
  }
}
