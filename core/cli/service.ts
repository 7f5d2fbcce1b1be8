import { TraeError } from '../errors.ts'
import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { firstOf } from './plugin-source.ts'
import { inColumns } from './terminal.ts'

interface Listed {
  readonly name: string
  readonly version: string
  readonly missing: readonly string[]
  readonly providers: readonly {
    readonly pluginId: string
    readonly account: string | null
    readonly condition: string | null
    readonly status: string
  }[]
  readonly others: readonly { readonly pluginId: string }[]
}
const FIELDS = 'name version missing providers { pluginId account condition status } others { pluginId }'

export const serviceList = defineCommand({
  usage: 'service list',
  about: 'Every service of the running host: who provides it, in which order and when, and who could.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const { services } = await ask<{ services: Listed[] }>(await openSession(), `{ services { ${FIELDS} } }`)
    terminal.line(inColumns(services.map(service => [`${service.name} ${service.version}`, described(service)])))
    terminal.data(services)
    return 0
  },
})

export const serviceBind = defineCommand({
  usage: 'service bind <name> <provider[:account][=rule]…>',
  about:
    'Says who provides a service, in the order in which they are asked: trae service bind sms "twilio=lead.company" outbox.\nAfter a colon stands which of its accounts: twilio:sales. A rule is CEL over lead and inputs. Who is down and has done nothing is passed over.',
  flags: {},
  positionals: { least: 2, most: 11 },
  async run({ positionals, terminal }) {
    const [service, ...written] = positionals
    const providers = written.map(text => {
      const [provider = '', ...rule] = text.split('=')
      const [pluginId, account] = provider.split(':')
      if (!pluginId)
        throw new UsageError(`${JSON.stringify(text)} names no provider; write twilio or twilio=lead.phone.`)
      return { pluginId, account, ...(rule.length === 0 ? {} : { condition: rule.join('=') }) }
    })
    const { serviceBind: answer } = await ask<{
      serviceBind: { service: Listed | null; userErrors: readonly { code: string; message: string }[] }
    }>(
      await openSession(),
      `mutation($input: ServiceBindInput!) { serviceBind(input: $input) { service { ${FIELDS} } userErrors { code message } } }`,
      { input: { service, providers } },
    )
    if (answer.userErrors.length > 0) throw firstOf(answer.userErrors)
    if (!answer.service) throw new TraeError('INTERNAL', 'The host did not say what became of it.')
    terminal.line(`${answer.service.name}: ${described(answer.service)}`)
    terminal.data(answer.service)
    return 0
  },
})

function described({ providers, others, missing }: Listed): string {
  const asked = providers.map(({ pluginId, account, condition, status }) => {
    const when = condition === null ? '' : ` if ${condition}`
    return `${pluginId}${account === null ? '' : `:${account}`}${when}${status === 'READY' ? '' : ` (${status.toLowerCase().replace('_', ' ')})`}`
  })
  const able = others.length === 0 ? '' : `; could: ${others.map(({ pluginId }) => pluginId).join(', ')}`
  const lack = missing.length === 0 ? '' : `; nobody does ${missing.join(', ')}`
  return `${asked.join(', then ') || 'nobody'}${able}${lack}`
}
