import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { egress } from '../../credentials/egress.ts'
import { hostOf, portOf } from '../../credentials/egress-request.ts'
import { openCredential } from '../../credentials/open-credential.ts'
import { markUsed } from '../../credentials/store.ts'
import { fieldsOf } from '../../credentials/template.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { TraeError } from '../../errors.ts'
import { allowingHost, credentialHosts, hostAllowed, type Permissions } from '../permissions.ts'
import { hookOf } from '../trigger-hook.ts'
import { argumentOf, type Calling, type Capability } from './calling.ts'
import { fetchAs, type PluginUse } from './fetch-as.ts'

const name = z.string().max(100)
const request = z.object({
  url: z.string().max(8192),
  method: z.string().max(20).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  credential: name.optional(),
})
const whichCredential = z.object({ name })
const whichHook = z.object({ trigger: name })
const signature = z.object({
  credential: name,
  field: name.optional(),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
  encoding: z.enum(['hex', 'base64', 'base64url']).default('hex'),
  data: z.string().max(1024 * 1024),
})

/** `ctx.fetch`. */
export const fetch: Capability = async (core, calling, argument) => {
  const { action, installation, granted, declared, account, standIns, signal, onLog } = calling
  const { credential, ...asked } = argumentOf('fetch', request, argument)
  const sent = standIns.putIn(asked)
  const allows = (host: string, port: number) =>
    hostAllowed(granted.hosts, host, port) && hostAllowed(declared.hosts, host, port)
  const host = grantedHost(granted.hosts, sent.url)
  if (host !== undefined) await core.traffic.admit(installation, host)
  let requests = 0
  const exchanged = (received: number) => {
    if (host === undefined || requests === 0) return
    core.traffic.count({ installation, host, requests, sent: requests * sizeOf(sent), received })
  }
  const departure = calling.witness.departs()
  const onSend = (method: string) => {
    requests++
    departure.onSend(method)
  }
  const owner = {
    plugin: `${installation.id} ${action.digest}`,
    account: credential === undefined ? '' : `${credential} ${account}`,
  }
  const policy = { ...core.egress, allows, owner, signal, onSend }
  const started = performance.now()
  const sending =
    credential === undefined
      ? egress(sent, policy)
      : fetchAs(core, useOf(calling, credential, 'fetch'), sent, {
          ...policy,
          mayUse: (host, port) =>
            hostAllowed(credentialHosts(granted, credential), host, port) &&
            hostAllowed(credentialHosts(declared, credential), host, port),
        })
  const seen = await sending.catch((error: unknown) => {
    departure.failed(error)
    exchanged(0)
    throw error
  })
  exchanged(seen.bytes)
  const answer = standIns.takeOut(seen)
  departure.answered(answer.status)
  const { origin, pathname } = new URL(answer.url)
  onLog?.({
    level: 'debug',
    message: `${sent.method} ${origin}${pathname} → ${answer.status}`,
    fields: {
      status: answer.status,
      bytes: answer.bytes,
      ms: Math.round(performance.now() - started),
      ...(credential === undefined ? {} : { credential, account }),
    },
  })
  return answer
}

/** As the grant has it; undefined where the request is refused anyway. */
function grantedHost(hosts: Permissions['hosts'], url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  return allowingHost(hosts, hostOf(parsed), portOf(parsed))
}

/** Bytes of a request, without what the host adds. */
function sizeOf({ url, headers, body = '' }: z.output<typeof request>): number {
  const texts = [url, ...Object.entries(headers).flat(), body]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}

/** `ctx.credential`: what is no secret of it, as the number of an account, or the region it lives in. */
export const credential: Capability = async (core, calling, argument) => {
  const use = useOf(calling, argumentOf('credential', whichCredential, argument).name, 'credential')
  return (await openCredential(core, use, core.egress)).credential.publicFields
}

/** `ctx.hook`: where the vendor of a trigger posts to. */
export const hook: Capability = async (core, { installation, action, chosenAccount, standIns }, argument) => {
  const { trigger } = argumentOf('hook', whichHook, argument)
  const found = await hookOf(core, { ...installation, manifest: action.manifest }, trigger, chosenAccount)
  if (!found) return null
  standIns.add(found.standIns)
  return found.url
}

/** `ctx.hmac`: a signature with a secret that the plugin never sees. */
export const hmac: Capability = async (core, calling, argument) => {
  const { credential: named, field, algorithm, encoding, data } = argumentOf('hmac', signature, argument)
  const use = useOf(calling, named, 'hmac')
  const secrets = Object.entries(fieldsOf(use.template)).flatMap(([key, { secret }]) => (secret ? [key] : []))
  const key = field ?? (secrets.length === 1 ? secrets[0]! : undefined)
  if (key === undefined || !secrets.includes(key))
    throw new TraeError(
      'VALIDATION',
      `ctx.hmac: field must name a secret of the credential ${named}; there ${secrets.length === 1 ? 'is' : 'are'} ${secrets.join(', ')}.`,
    )
  const { values, credential } = await openCredential(core, use, core.egress)
  await markUsed(core, credential, use)
  return createHmac(algorithm, values[key] ?? '')
    .update(data)
    .digest(encoding)
}

function useOf(calling: Calling, named: string, op: string): PluginUse {
  const { action, installation, account, run } = calling
  const templates = action.manifest.credentials
  const template = Object.hasOwn(templates, named) ? templates[named] : undefined
  if (!template) {
    const meant = didYouMean(named, Object.keys(templates))
    throw new TraeError(
      'VALIDATION',
      `ctx.${op}: ${action.pluginId} has no credential ${JSON.stringify(named)}.${meant ? ` Did you mean ${meant}?` : ''}`,
    )
  }
  calling.requireGrant(
    `${op} with the credential ${named}`,
    permissions => permissions.credentials.some(entry => entry.name === named),
    `the credential ${named}`,
  )
  const by = run.id === '' ? `trigger:${action.action}` : `run:${run.id}`
  return { installationId: installation.id, pluginId: action.pluginId, name: named, account, template, by }
}
