import { defineAction, Findings, findingsShape, foldText, readEmail, sayIn, z } from 'trae-os/sdk'

/** What forms call their fields, in Portuguese and English, folded and without signs. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  name: ['name', 'nome', 'fullname', 'nomecompleto', 'yourname', 'seunome'],
  firstName: ['firstname', 'primeironome', 'fname'],
  lastName: ['lastname', 'sobrenome', 'lname', 'surname'],
  email: ['email', 'mail', 'emailaddress', 'seuemail', 'workemail', 'emailcorporativo', 'correio'],
  phone: ['phone', 'telefone', 'celular', 'whatsapp', 'tel', 'fone', 'mobile', 'phonenumber', 'telefonewhatsapp'],
  company: ['company', 'empresa', 'companyname', 'organization', 'nomedaempresa', 'organizacao'],
  jobTitle: ['jobtitle', 'cargo', 'title', 'role', 'position', 'funcao'],
  consent: ['consent', 'consentimento', 'aceite', 'optin', 'lgpd', 'privacy', 'aceitosercontatado'],
}
const MEANS = new Map(
  Object.entries(NAMES).flatMap(([field, names]) => names.map(name => [foldText(name), field] as const)),
)
const YES = /^(yes|sim|true|on|1|aceito|y|s)$/i

export const leadCapture = defineAction({
  title: 'Read a lead from a form',
  description:
    'Makes a lead of whatever a form sent, by the names that forms give their fields in Portuguese and English. What is not understood stays in `data`; ' +
    'nothing is guessed and nothing is stored.',
  input: z.object({
    fields: z.record(z.string(), z.unknown()).describe('As the form sent them.'),
    pageUrl: z.string().max(2000).nullish().describe('Of the page: its utm_ parameters are kept.'),
    locale: z.enum(['pt-BR', 'en']).default('pt-BR'),
  }),
  output: z.object({
    ...findingsShape,
    ok: z.boolean().describe('There is a name, and an e-mail or a phone.'),
    lead: z.object({
      name: z.string().nullable(),
      email: z.string().nullable(),
      phone: z.string().nullable(),
      company: z.string().nullable(),
      jobTitle: z.string().nullable(),
      locale: z.string(),
      data: z.record(z.string(), z.unknown()),
      utm: z.record(z.string(), z.string()),
      consent: z.object({ basis: z.enum(['CONSENT', 'LEGITIMATE_INTEREST']) }),
    }),
    problems: z.array(z.object({ field: z.string(), problem: z.string() })),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: {
    fields: { 'Nome completo': 'Ana Souza', 'E-mail': 'ana@acme.com.br', 'O que procura?': 'CRM' },
    pageUrl: 'https://x.example/?utm_source=meta',
  },
  run: ({ fields, pageUrl, locale }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const known: Record<string, string> = {}
    const data: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(fields)) {
      const field = MEANS.get(foldText(name).replace(/[^a-z0-9]/g, ''))
      const text =
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : ''
      if (field === undefined || text === '') data[name.slice(0, 100)] = value
      else if (known[field] === undefined) {
        known[field] = text.slice(0, 255)
        findings.fact(say(`capture.${field}`), known[field], 'given', `input.fields.${name}`)
      }
    }
    const t = (key: string) => ctx.t(key, {}, locale)
    const whole = [known['firstName'], known['lastName']].filter(Boolean).join(' ')
    const name = known['name'] ?? (whole || null)
    const email = readEmail(known['email']) ? known['email']!.toLowerCase() : null
    const phone = known['phone'] && known['phone'].replace(/\D/g, '').length >= 8 ? known['phone'] : null
    const problems = [
      ...(name === null ? [{ field: 'name', problem: t('capture.noName') }] : []),
      ...(known['email'] && email === null ? [{ field: 'email', problem: t('capture.badEmail') }] : []),
      ...(known['phone'] && phone === null ? [{ field: 'phone', problem: t('capture.badPhone') }] : []),
      ...(email === null && phone === null ? [{ field: 'email', problem: t('capture.unreachable') }] : []),
    ]
    const consent = {
      basis: known['consent'] && YES.test(known['consent']) ? ('CONSENT' as const) : ('LEGITIMATE_INTEREST' as const),
    }
    const lead = {
      name,
      email,
      phone,
      company: known['company'] ?? null,
      jobTitle: known['jobTitle'] ?? null,
      locale,
      data,
      utm: utmOf(pageUrl),
      consent,
    }
    for (const { field, problem } of problems) findings.missing(say(`capture.${field}`), problem)
    return { ok: name !== null && (email !== null || phone !== null), lead, problems, ...findings.shown }
  },
})

/** `utm_source=meta` → `{ source: 'meta' }`. What is no address has none. */
function utmOf(pageUrl: string | null | undefined): Record<string, string> {
  const query = pageUrl?.split('#')[0]?.split('?')[1]
  if (!query) return {}
  return Object.fromEntries(
    query.split('&').flatMap(part => {
      const [name = '', value = ''] = part.split('=')
      if (!/^utm_[a-z]{2,20}$/.test(name)) return []
      try {
        return [[name.slice(4), decodeURIComponent(value.replaceAll('+', ' ')).slice(0, 200)]]
      } catch {
        return [] // a half-written percent sign
      }
    }),
  )
}
