import { captureLead } from './capture-lead.ts'
import { didYouMean } from '../did-you-mean.ts'
import { LEAD_SOURCES, LEGAL_BASES } from '../sales/lead.ts'
import { defineCommand, UsageError } from './command.ts'
import { openSession } from './host-session.ts'

export const leadAdd = defineCommand({
  usage: 'lead add --name <name> (--email <email> | --phone <phone>) [flags]',
  about: 'Hands a lead to the running host, as a form would: playbooks that wait for new leads start.',
  flags: {
    name: { type: 'string', value: '<name>', help: 'as the lead writes it' },
    email: { type: 'string', value: '<email>', help: 'where it can be reached' },
    phone: { type: 'string', value: '<phone>', help: 'as +55 11 98765-4321' },
    company: { type: 'string', value: '<company>', help: 'where the lead works' },
    'job-title': { type: 'string', value: '<title>', help: 'what the lead does there' },
    locale: { type: 'string', value: '<locale>', help: 'pt-BR or en' },
    source: { type: 'string', value: '<source>', help: 'WEBSITE, EMAIL, REFERRAL, EVENT, IMPORT or API (without it)' },
    basis: { type: 'string', value: '<basis>', help: 'legal basis: LEGITIMATE_INTEREST without it' },
    data: { type: 'string', value: '<json>', help: 'other facts, as a JSON object' },
  },
  positionals: { least: 0, most: 0 },
  async run({ flags, terminal }) {
    if (!flags.name || !(flags.email || flags.phone))
      throw new UsageError('A lead needs --name, and --email or --phone.')
    const source = oneOf('--source', flags.source ?? 'API', LEAD_SOURCES)
    const legalBasis = oneOf('--basis', flags.basis ?? 'LEGITIMATE_INTEREST', LEGAL_BASES)
    const { lead, known } = await captureLead(await openSession(), {
      name: flags.name,
      email: flags.email,
      phone: flags.phone,
      company: flags.company,
      jobTitle: flags['job-title'],
      locale: flags.locale,
      source,
      legalBasis,
      data: flags.data === undefined ? undefined : readObject(flags.data, '--data'),
    })
    terminal.line(`${lead.name} ${known ? 'was known already and has been updated' : 'is here'}: lead ${lead.id}`)
    terminal.data({ lead, known })
    return 0
  },
})

/** One of a few words, in letters of either case. */
function oneOf(flag: string, written: string, words: readonly string[]): string {
  const found = written.toUpperCase()
  if (words.includes(found)) return found
  const meant = didYouMean(found, words)
  throw new UsageError(
    `${flag} must be one of ${words.join(', ')}; found ${written}${meant ? `. Did you mean ${meant}?` : '.'}`,
  )
}

/** A JSON object typed on the command line. */
export function readObject(text: string, flag: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(
      `${flag} is not JSON: ${(error as Error).message}. Put single quotes around it: '{"key": "value"}'.`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${flag} must be a JSON object: '{"key": "value"}'.`)
  return value as Record<string, unknown>
}
