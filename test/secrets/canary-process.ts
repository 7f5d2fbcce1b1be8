/**
 * The whole program, as verbose as it can be, with a plugin that tells all that it hears and a vendor that sends every secret
 * back in every spelling. Prints one line of JSON when it serves, and closes orderly on SIGTERM.
 */
import { join } from 'node:path'
import { firstBoot } from '../../core/access/first-boot.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { startServer } from '../../core/http/server.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { openGraphql } from '../../graphql/door.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { openFarSide } from '../plugins/far-side.ts'
import { FIXTURES } from '../plugins/world.ts'

const accessToken = process.env['CANARY_ACCESS_TOKEN']!
const far = await openFarSide(['api.example.com', 'auth.example.com'], (request, response) => {
  const heard = JSON.stringify({ headers: request.headers, text: request.text })
  const key = String(request.headers['x-api-key'] ?? request.headers.authorization)
  if (request.url === '/refused') return response.writeHead(401).end(heard)
  if (request.url === '/token' && request.text.includes('wrong')) return response.writeHead(400).end(heard)
  if (request.url === '/token')
    return response.end(JSON.stringify({ access_token: accessToken, token_type: 'Bearer', expires_in: 3600 }))
  const said = [heard, encodeURIComponent(key), Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex')]
  response.writeHead(200, { 'x-echo': encodeURIComponent(key) }).end(said.join(' '))
})
const core = await openCore(readConfig(), { egress: far.settings, pollMs: 50 })
const { workspaceId } = await firstBoot(core)
await installBuiltIns(core, workspaceId)
await core.plugins.load(workspaceId)
const path = join(core.config.dataDir, 'leaky')
await packVendor(path, far.port, join(FIXTURES, 'leaky'))
const { id } = await installPlugin(core, { workspaceId, from: { kind: 'folder', path }, grant: 'all-declared' })
await publishPolicies(core, workspaceId, core.config.playbooksDir)
await publishFolder(core, workspaceId, core.config.playbooksDir)
const url = `https://api.example.com:${far.port}/v1`
for (const credential of ['key', 'pair', 'machine'])
  await publishPlaybook(
    core,
    workspaceId,
    `
id: leak-${credential}
name: Leak
module: gestao
triggers: [{ manual: true }, { webhook: { id: hook, signed: true } }]
steps:
  - { id: tell, uses: leaky/tell, with: { url: '${url}', credential: ${credential} } }
  - { uses: leaky/fail, with: { url: '${url}', credential: ${credential} }, onError: continue }
  - { uses: leaky/fail, with: { url: '${url}', credential: ${credential} } }
`,
  )
await core.brain.open()
const server = await startServer(core, { doors: [openGraphql] })
process.stdout.write(`${JSON.stringify({ url: server.url, installationId: id })}\n`)
process.on('SIGTERM', async () => {
  await server.close()
  await core.close(1000)
  await far.close()
})
