import { defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession, reach } from './host-session.ts'
import { TraeError } from '../errors.ts'

export const auditVerify = defineCommand({
  usage: 'audit verify',
  about:
    'Computes the chain of hashes of the audit log again, in the running host. Ends with 1 where an entry was changed or is gone.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const query = '{ auditVerification { intact brokenAt } auditLog(first: 1) { edges { node { sequence } } } }'
    const { auditVerification: found, auditLog } = await ask<Verified>(await openSession(), query)
    const entries = auditLog.edges[0]?.node.sequence ?? 0
    terminal.line(
      found.intact
        ? `The audit log is as it was written: ${entries} entries, each with the hash of the one before.`
        : `Entry ${found.brokenAt} was changed, or the one before it is gone. Compare with your last export.`,
    )
    terminal.data({ ...found, entries })
    return found.intact ? 0 : 1
  },
})

export const auditExport = defineCommand({
  usage: 'audit export',
  about:
    'Prints the whole audit log as JSON lines, oldest first, with its hashes: keep it elsewhere, and nobody can rewrite it unseen.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run() {
    const { url, headers } = await openSession()
    const response = await reach(url, '/audit/export', { headers })
    if (!response.ok)
      throw new TraeError('FORBIDDEN', `${url}/audit/export answered ${response.status}: ${await response.text()}`)
    for await (const chunk of response.body!) process.stdout.write(chunk)
    return 0
  },
})

interface Verified {
  readonly auditVerification: { readonly intact: boolean; readonly brokenAt: number | null }
  readonly auditLog: { readonly edges: readonly { readonly node: { readonly sequence: number } }[] }
}
