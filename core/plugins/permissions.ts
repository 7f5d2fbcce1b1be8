import { z } from 'zod'
import { LLM_SIZES } from '../adapters/llm/llm.ts'
import { didYouMean } from '../did-you-mean.ts'

export const RECORD_PERMISSIONS = [
  'leads:read',
  'leads:write',
  'messages:read',
  'messages:write',
  'messages:receive',
  'messages:report',
  'letters:report',
  'meetings:read',
  'meetings:write',
  'meetings:report',
  'activities:read',
  'activities:write',
  'deals:read',
  'deals:write',
  'customers:read',
  'customers:write',
  'team:read',
  'notices:write',
  'charges:read',
  'charges:write',
  'proposals:read',
  'proposals:write',
  'campaigns:read',
  'audiences:write',
  'figures:read',
] as const
export type RecordPermission = (typeof RECORD_PERMISSIONS)[number]

export const MEMORY_PERMISSIONS = ['read', 'write'] as const
export type MemoryPermission = (typeof MEMORY_PERMISSIONS)[number]

/** The most that a manifest may ask for. */
export const STORAGE_CEILING_BYTES = 100 * 1024 * 1024

/** `deal.won`. */
export const EVENT_TYPE = /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/

const reason = z.string().trim().min(1, 'say in a few words why it is needed; the installer reads it').max(300)
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^(?:\\*\\.)?(?:${label}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`)
/** `*.com.br` would be half a country. */
const SHARED_SUFFIX = /^\*\.(?:[^.]+|(?:com|co|org|net|gov|gob|edu|ac|or|ne|go|mil|art|ind|eco|adv)\.[a-z]{2})$/
/** The most tokens that a manifest may ask for. */
const TOKENS_CEILING = 100_000_000
const tokens = z.int().min(1).max(TOKENS_CEILING)

/** The most calls that a manifest may ask to have planned at once. */
const CALLS_CEILING = 10_000

/** What a manifest asks for, and what an installer granted. Strict: a permission that nobody knows is never ignored. */
export const permissions = z.strictObject({
  hosts: z
    .array(
      z.strictObject({
        host: z
          .string()
          .max(253)
          .regex(
            HOST,
            'must be a host name in lower case, exact (`api.example.com`) or with one wildcard label in front (`*.example.com`); no address, scheme or path',
          )
          .refine(host => !SHARED_SUFFIX.test(host), 'the wildcard must stand below a domain of one owner'),
        port: z.int().min(1).max(65_535).optional(),
        reason,
      }),
    )
    .max(50)
    .default([]),
  records: z
    .array(
      z.strictObject({
        name: z.enum(RECORD_PERMISSIONS, {
          error: issue => {
            const meant = didYouMean(String(issue.input), RECORD_PERMISSIONS)
            return `is not a permission${meant ? `; did you mean ${JSON.stringify(meant)}?` : `; known are ${RECORD_PERMISSIONS.join(', ')}`}`
          },
        }),
        reason,
      }),
    )
    .max(40)
    .default([]),
  events: z
    .array(
      z.strictObject({
        name: z
          .string()
          .max(100)
          .refine(
            text => /^(emit|on):/.test(text) && EVENT_TYPE.test(text.slice(text.indexOf(':') + 1)),
            'must be `emit:` or `on:` and an event type, as `emit:lead.enriched` or `on:deal.won`',
          ),
        reason,
      }),
    )
    .max(50)
    .default([]),
  storage: z.strictObject({ bytes: z.int().min(1).max(STORAGE_CEILING_BYTES), reason }).optional(),
  credentials: z
    .array(
      z.strictObject({
        name: z.string().max(60),
        /** Every host that its secret is sent to, that of the token endpoint included: `host` or `host:port`. */
        hosts: z
          .array(
            z
              .string()
              .max(260)
              .refine(
                text => HOST.test(text.replace(/:\d{1,5}$/, '')) && !SHARED_SUFFIX.test(text.replace(/:\d{1,5}$/, '')),
                'must be a host name in lower case, as `api.example.com` or `*.example.com`; with `:port` where that is not 443',
              ),
          )
          .min(1)
          .max(20),
        reason,
      }),
    )
    .max(20)
    .default([]),
  /** Sizes of models, and what it may spend: tokens in and out, of one run and of 24 hours. */
  llm: z
    .strictObject({
      models: z.array(z.enum(LLM_SIZES)).min(1).max(2),
      tokensPerRun: tokens,
      tokensPerDay: tokens,
      reason,
    })
    .optional(),
  memory: z
    .array(z.strictObject({ name: z.enum(MEMORY_PERMISSIONS), reason }))
    .max(2)
    .optional(),
  /** Calls of its own actions that it may have planned for later at once. */
  schedule: z.strictObject({ calls: z.int().min(1).max(CALLS_CEILING), reason }).optional(),
})
export type Permissions = z.infer<typeof permissions>

/** One thing that a plugin may do; `value` is what the wall compares. */
export interface Permission {
  readonly kind: 'HOST' | 'RECORD' | 'EVENT' | 'STORAGE' | 'CREDENTIAL' | 'LLM' | 'MEMORY' | 'SCHEDULE'
  readonly value: string
  readonly reason: string
}

/** Permissions one by one, as people are shown them: hosts, credentials, records, events, storage, model, memory, schedule. */
export function listPermissions(permissions: Permissions): Permission[] {
  return [
    ...permissions.hosts.map(({ host, port, reason }) => ({
      kind: 'HOST' as const,
      value: port === undefined ? host : `${host}:${port}`,
      reason,
    })),
    ...permissions.credentials.map(({ name, hosts, reason }) => ({
      kind: 'CREDENTIAL' as const,
      value: `${name}@${hosts.join(',')}`,
      reason,
    })),
    ...permissions.records.map(({ name, reason }) => ({ kind: 'RECORD' as const, value: name, reason })),
    ...permissions.events.map(({ name, reason }) => ({ kind: 'EVENT' as const, value: name, reason })),
    ...(permissions.storage
      ? [{ kind: 'STORAGE' as const, value: String(permissions.storage.bytes), reason: permissions.storage.reason }]
      : []),
    ...(permissions.llm
      ? [{ kind: 'LLM' as const, value: llmValue(permissions.llm), reason: permissions.llm.reason }]
      : []),
    ...(permissions.memory ?? []).map(({ name, reason }) => ({ kind: 'MEMORY' as const, value: name, reason })),
    ...(permissions.schedule
      ? [{ kind: 'SCHEDULE' as const, value: String(permissions.schedule.calls), reason: permissions.schedule.reason }]
      : []),
  ]
}

/** `small,large 20000 500000`: models, tokens of a run, tokens of a day. */
const llmValue = ({ models, tokensPerRun, tokensPerDay }: NonNullable<Permissions['llm']>) =>
  `${models.join(',')} ${tokensPerRun} ${tokensPerDay}`
const readLlmValue = (value: string) => {
  const [models = '', perRun, perDay] = value.split(' ')
  return { models: models.split(','), tokensPerRun: Number(perRun), tokensPerDay: Number(perDay) }
}

/** What is asked for beyond what was granted: empty where consent need not be asked again. Reasons do not count. */
export function missingPermissions(asked: Permissions, granted: Permissions): Permission[] {
  const records = new Set<string>(granted.records.map(({ name }) => name))
  const events = new Set(granted.events.map(({ name }) => name))
  return listPermissions(asked).filter(({ kind, value }) => {
    switch (kind) {
      case 'HOST': {
        const [host, port] = value.split(':')
        return !hostAllowed(granted.hosts, host!, port === undefined ? 443 : Number(port))
      }
      case 'CREDENTIAL': {
        const [name, hosts] = value.split('@') as [string, string]
        const allowed = credentialHosts(granted, name)
        return hosts
          .split(',')
          .map(hostEntry)
          .some(({ host, port = 443 }) => !hostAllowed(allowed, host, port))
      }
      case 'RECORD':
        return !records.has(value)
      case 'EVENT':
        return !events.has(value)
      case 'STORAGE':
        return Number(value) > (granted.storage?.bytes ?? 0)
      case 'LLM': {
        const { models, tokensPerRun, tokensPerDay } = readLlmValue(value)
        const { llm } = granted
        return (
          llm === undefined ||
          tokensPerRun > llm.tokensPerRun ||
          tokensPerDay > llm.tokensPerDay ||
          !models.every(model => llm.models.some(one => one === model))
        )
      }
      case 'MEMORY':
        return !(granted.memory ?? []).some(({ name }) => name === value)
      case 'SCHEDULE':
        return Number(value) > (granted.schedule?.calls ?? 0)
      default:
        return kind satisfies never
    }
  })
}

/** The hosts that a credential may be sent to. */
export function credentialHosts(permissions: Permissions, name: string): HostEntry[] {
  return permissions.credentials.filter(entry => entry.name === name).flatMap(({ hosts }) => hosts.map(hostEntry))
}

interface HostEntry {
  readonly host: string
  readonly port?: number | undefined
}
function hostEntry(written: string): HostEntry {
  const [host, port] = written.split(':')
  return port === undefined ? { host: host! } : { host: host!, port: Number(port) }
}

/** Is the host (lower case, or a wildcard itself) among these? A wildcard covers one label: `*.a.com` has `b.a.com`, not `c.b.a.com`. */
export function hostAllowed(hosts: readonly HostEntry[], host: string, port: number): boolean {
  return allowingEntry(hosts, host, port) !== undefined
}

/** The entry that allows the host, as it is written: api.example.com, *.example.com, example.com:8443. */
export function allowingHost(hosts: readonly HostEntry[], host: string, port: number): string | undefined {
  const entry = allowingEntry(hosts, host, port)
  return entry && (entry.port === undefined ? entry.host : `${entry.host}:${entry.port}`)
}

function allowingEntry(hosts: readonly HostEntry[], host: string, port: number): HostEntry | undefined {
  const parent = `*${host.slice(host.indexOf('.'))}`
  return hosts.find(entry => (entry.host === host || entry.host === parent) && (entry.port ?? 443) === port)
}

/** The permission in plain words, for the person who decides. Portuguese for `pt` and `pt-BR`, else English. */
export function permissionSentence({ kind, value }: Permission, locale: string): string {
  const words = locale.toLowerCase().startsWith('pt') ? PORTUGUESE : ENGLISH
  switch (kind) {
    case 'HOST':
      return value.startsWith('*.') ? words.anyHost(value.slice(2)) : words.host(value)
    case 'CREDENTIAL':
      return words.credential(...(value.replaceAll(',', ', ').split('@') as [string, string]))
    case 'RECORD':
      return words.records[value as RecordPermission]
    case 'EVENT':
      return value.startsWith('on:') ? words.hear(value.slice('on:'.length)) : words.event(value.slice('emit:'.length))
    case 'STORAGE':
      return words.storage(size(Number(value), words.decimal))
    case 'LLM': {
      const { models, tokensPerRun, tokensPerDay } = readLlmValue(value)
      const count = (tokens: number) => tokens.toLocaleString(words.numbers)
      return words.llm(models.includes('large'), count(tokensPerRun), count(tokensPerDay))
    }
    case 'MEMORY':
      return words.memory[value as MemoryPermission]
    case 'SCHEDULE':
      return words.schedule(Number(value), Number(value).toLocaleString(words.numbers))
    default:
      return kind satisfies never
  }
}

function size(bytes: number, decimal: string): string {
  const [amount, unit] =
    bytes < 1024 ? [bytes, 'bytes'] : bytes < 1024 * 1024 ? [bytes / 1024, 'KB'] : [bytes / (1024 * 1024), 'MB']
  return `${String(Math.round(amount * 10) / 10).replace('.', decimal)} ${unit}`
}

interface Words {
  readonly decimal: string
  host(host: string): string
  anyHost(domain: string): string
  credential(name: string, host: string): string
  event(type: string): string
  hear(type: string): string
  storage(size: string): string
  readonly numbers: string
  schedule(calls: number, written: string): string
  llm(large: boolean, perRun: string, perDay: string): string
  readonly memory: Readonly<Record<MemoryPermission, string>>
  readonly records: Readonly<Record<RecordPermission, string>>
}

const ENGLISH: Words = {
  decimal: '.',
  host: host => `Exchange data with ${host} over the internet.`,
  anyHost: domain => `Exchange data with any address directly below ${domain} over the internet.`,
  credential: (name, host) =>
    `Use the account ${name} that you connect, at ${host}. It never sees its password, key or token.`,
  event: type => `Announce the event ${type}, which may start playbooks.`,
  hear: type => `Hear of each event ${type} as it happens, with all that it says: it may name the lead.`,
  storage: size => `Keep up to ${size} of its own data here.`,
  numbers: 'en-US',
  schedule: (calls, written) =>
    `Call its own actions later, by itself: up to ${written} ${calls === 1 ? 'call' : 'calls'} planned at once.`,
  llm: (large, perRun, perDay) =>
    `Send what it works on to the language model of this host${large ? ', the large one included' : ''}: up to ${perRun} tokens in a run and ${perDay} in 24 hours. Four letters are about a token, and tokens cost money.`,
  memory: {
    read: 'Search and read the shared memory: decisions and how they ended, diagnostics, what is known of leads and modules.',
    write: 'Add to the shared memory, change it and forget what is in it.',
  },
  records: {
    'leads:read': 'Read leads: name, e-mail, phone, company, score and what they answered.',
    'leads:write': 'Change leads: status, score, company, job title, phone and other data.',
    'messages:read': 'Read the messages exchanged with leads.',
    'messages:write': 'Send e-mails to leads and to the team in your name.',
    'messages:receive': 'Put what leads write by SMS or WhatsApp into the mailbox, where playbooks act on it.',
    'messages:report': 'Put what it sends by SMS or WhatsApp into the mailbox, and say what did not arrive.',
    'letters:report': 'Put e-mails that it sends into the mailbox, and say what came back and who wants no more.',
    'meetings:read': 'See when the team’s calendar is taken.',
    'meetings:write': 'Book meetings and attach briefings to them.',
    'meetings:report':
      'Say which meetings stand in its calendar, so that leads can move and cancel them on a page here.',
    'activities:read': 'Read the history of each lead.',
    'activities:write': 'Write entries into the history of leads.',
    'deals:read': 'Read deals: title, value, stage, and when they should close.',
    'deals:write': 'Open deals and move them along the pipeline, up to won or lost.',
    'customers:read': 'Read customers: plan, what they pay, and how they are doing.',
    'customers:write': 'Make leads customers and keep how they are doing.',
    'team:read': 'See name and e-mail of who takes the next lead.',
    'notices:write': 'Tell people of the team something, in their inbox here.',
    'charges:read': 'See charges and whether they were paid.',
    'charges:write': 'Enter charges to customers, and cancel them.',
    'proposals:read': 'Read proposals and what became of them.',
    'proposals:write': 'Write proposals to leads.',
    'campaigns:read': 'See campaigns, what they cost and what they bring.',
    'audiences:write': 'Put leads into lists and take them out.',
    'figures:read': 'See counts and sums over leads, deals, customers and messages, with nobody’s name in them.',
  },
}

const PORTUGUESE: Words = {
  decimal: ',',
  host: host => `Trocar dados com ${host} pela internet.`,
  anyHost: domain => `Trocar dados com qualquer endereço logo abaixo de ${domain} pela internet.`,
  credential: (name, host) =>
    `Usar a conta ${name} que você conectar, em ${host}. O plugin nunca vê a senha, a chave ou o token.`,
  event: type => `Anunciar o evento ${type}, que pode iniciar playbooks.`,
  hear: type => `Ouvir cada evento ${type} quando acontece, com tudo o que ele diz: pode citar o lead.`,
  storage: size => `Guardar aqui até ${size} de dados próprios.`,
  numbers: 'pt-BR',
  schedule: (calls, written) =>
    `Chamar as próprias ações mais tarde, por conta própria: até ${written} ${calls === 1 ? 'chamada planejada' : 'chamadas planejadas'} ao mesmo tempo.`,
  llm: (large, perRun, perDay) =>
    `Enviar aquilo em que trabalha ao modelo de linguagem deste servidor${large ? ', inclusive o grande' : ''}: até ${perRun} tokens por execução e ${perDay} em 24 horas. Um token tem umas quatro letras, e tokens custam dinheiro.`,
  memory: {
    read: 'Pesquisar e ler a memória compartilhada: decisões e como terminaram, diagnósticos, o que se sabe de leads e módulos.',
    write: 'Acrescentar à memória compartilhada, alterá-la e esquecer o que há nela.',
  },
  records: {
    'leads:read': 'Ler os leads: nome, e-mail, telefone, empresa, pontuação e respostas.',
    'leads:write': 'Alterar os leads: status, pontuação, empresa, cargo, telefone e outros dados.',
    'messages:read': 'Ler as mensagens trocadas com os leads.',
    'messages:write': 'Enviar e-mails aos leads e à equipe em seu nome.',
    'messages:receive':
      'Pôr na caixa de mensagens o que os leads escrevem por SMS ou WhatsApp; os playbooks reagem a isso.',
    'messages:report': 'Pôr na caixa de mensagens o que envia por SMS ou WhatsApp e dizer o que não chegou.',
    'letters:report': 'Pôr na caixa de mensagens os e-mails que envia e dizer o que voltou e quem não quer mais.',
    'meetings:read': 'Ver quando a agenda da equipe está ocupada.',
    'meetings:write': 'Marcar reuniões e anexar resumos a elas.',
    'meetings:report':
      'Dizer que reuniões estão na agenda dele, para os leads poderem remarcar e cancelar em uma página daqui.',
    'activities:read': 'Ler o histórico de cada lead.',
    'activities:write': 'Registrar entradas no histórico dos leads.',
    'deals:read': 'Ler os negócios: título, valor, etapa e previsão de fechamento.',
    'deals:write': 'Abrir negócios e movê-los no funil, até ganho ou perdido.',
    'customers:read': 'Ler os clientes: plano, quanto pagam e como estão.',
    'customers:write': 'Tornar leads clientes e registrar como estão.',
    'team:read': 'Ver nome e e-mail de quem recebe o próximo lead.',
    'notices:write': 'Avisar pessoas da equipe, na caixa de avisos daqui.',
    'charges:read': 'Ver cobranças e se foram pagas.',
    'charges:write': 'Registrar cobranças a clientes e cancelá-las.',
    'proposals:read': 'Ler propostas e o que foi feito delas.',
    'proposals:write': 'Escrever propostas para leads.',
    'campaigns:read': 'Ver campanhas, quanto custam e o que trazem.',
    'audiences:write': 'Pôr leads em listas e tirá-los delas.',
    'figures:read': 'Ver contagens e somas de leads, negócios, clientes e mensagens, sem o nome de ninguém.',
  },
}
