import { TraeError } from '../errors.ts'
import { defineCommand, UsageError } from './command.ts'
import { type Account, findAccount } from './credential-of-host.ts'
import { openSession } from './host-session.ts'
import { change } from './plugin-of-host.ts'
import { openPrompt, someoneThere } from './prompt.ts'

export const credentialConnect = defineCommand({
  usage:
    'credential connect <plugin> [<kind>] [--account <name>] [--field <name=value>] [--env <name=VARIABLE>] [--stdin]',
  about:
    'Connects an account of a plugin, in place of what was there under its name: several of one kind have each a name.\nSecrets come from a variable of the environment, from stdin, or are asked for at the terminal; never from the command line, which others of this machine can read.',
  flags: {
    account: { type: 'string', value: '<name>', help: 'its name, as sales-brazil; the default account without it' },
    field: { type: 'string', multiple: true, value: '<name=value>', help: 'a field that is no secret' },
    env: { type: 'string', multiple: true, value: '<name=VARIABLE>', help: 'a field, from this variable' },
    stdin: {
      type: 'boolean',
      help: 'read fields from stdin: a JSON object, or the one secret that is missing',
    },
  },
  positionals: { least: 1, most: 2 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const account = await findAccount(session, positionals[0]!, positionals[1])
    const given = { ...plainFields(account, flags.field ?? []), ...fieldsOfEnvironment(account, flags.env ?? []) }
    if (flags.stdin) Object.assign(given, fieldsOfStdin(account, given, await readStdin()))
    const fields = await askForMissing(account, given)
    const { credential } = await change<{
      credential: { id: string; account: string; isDefault: boolean; status: string }
    }>(
      session,
      'credentialConnect',
      { installationId: account.installationId, template: account.key, account: flags.account, fields },
      'credential { id account isDefault status }',
    )
    if (credential.status !== 'PENDING') {
      terminal.line(
        `${account.title} is connected as ${credential.account}.${account.testable ? ' trae credential test asks the vendor.' : ''}`,
      )
      terminal.data(credential)
      return 0
    }
    const { url } = await change<{ url: string }>(
      session,
      'credentialSignIn',
      { credentialId: credential.id, origin: session.url },
      'url',
    )
    terminal.line(`Open this in the browser in which you are signed in here, within ten minutes:\n${url}`)
    terminal.data({ ...credential, url })
    return 0
  },
})

type Fields = Record<string, string>

function plainFields(account: Account, written: readonly string[]): Fields {
  return Object.fromEntries(
    written.map(text => {
      const [name, value] = pair('--field', text)
      if (fieldOf(account, name).sensitive)
        throw new UsageError(
          `${name} is a secret and must not stand on the command line. Use --env ${name}=VARIABLE or --stdin, and take what you typed for known.`,
        )
      return [name, value]
    }),
  )
}

function fieldsOfEnvironment(account: Account, written: readonly string[]): Fields {
  return Object.fromEntries(
    written.map(text => {
      const [name, variable] = pair('--env', text)
      fieldOf(account, name)
      const value = process.env[variable]
      if (value === undefined || value === '')
        throw new UsageError(`The variable ${variable}, for ${name}, is not set.`)
      return [name, value]
    }),
  )
}

function fieldsOfStdin(account: Account, given: Fields, text: string): Fields {
  const missing = account.fields.filter(field => field.sensitive && !(field.key in given))
  if (!text.startsWith('{')) {
    if (missing.length === 1) return { [missing[0]!.key]: text }
    throw new UsageError(`stdin must be a JSON object with ${account.fields.map(({ key }) => key).join(', ')}.`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError('stdin is no JSON object.') // the parser's message would repeat what it read
  }
  const fields = Object.entries(value as object)
  for (const [name, field] of fields) {
    fieldOf(account, name)
    if (typeof field !== 'string') throw new UsageError(`${name} in stdin must be a text.`)
  }
  return Object.fromEntries(fields) as Fields
}

/** Throws `BAD_USER_INPUT` where nobody can be asked. */
async function askForMissing(account: Account, given: Fields): Promise<Fields> {
  const missing = account.fields.filter(field => field.required && !(field.key in given))
  if (missing.length === 0) return given
  if (!someoneThere())
    throw new TraeError(
      'BAD_USER_INPUT',
      `${account.title} needs ${missing.map(({ key }) => key).join(', ')}. Use --field for what is no secret, --env or --stdin for secrets.`,
    )
  const prompt = openPrompt()
  try {
    for (const field of missing) {
      const text = `${field.title}${field.help ? ` (${field.help})` : ''}: `
      given[field.key] = await (field.sensitive ? prompt.secret(text) : prompt.question(text))
    }
    return given
  } finally {
    prompt.close()
  }
}

function fieldOf({ title, fields }: Account, name: string) {
  const found = fields.find(({ key }) => key === name)
  if (found) return found
  throw new UsageError(`${title} has no such field. There is: ${fields.map(({ key }) => key).join(', ')}.`)
}

function pair(flag: string, text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`${flag} is written ${flag} name=…`)
  return [text.slice(0, at), text.slice(at + 1)]
}

async function readStdin(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  return text.trim()
}
