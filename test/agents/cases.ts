import type { ActionTest } from '../../core/testing/testing.ts'
import { sales, SOON } from './agent.ts'

/** What a skill of an agent is tried with, in a language. */
export interface Case {
  readonly test: (locale: string) => ActionTest
  /** Words of the input or the records that have to reach the model. */
  readonly says: readonly string[]
  /** The property of the output that the model writes. */
  readonly answers?: 'draft' | 'judgement' | 'written' | 'judged'
  /** An answer of the model that is fit to be used, where that of the property does not do. */
  readonly answer?: unknown
}

/** The lead of all cases. Nothing of a skill needs their addresses, so no model may see them. */
export const EMAIL = 'ana.private@acme.example'
export const PHONE = '+5511987650123'
const ana = (locale: string) => ({
  name: 'Ana Souza',
  email: EMAIL,
  phone: PHONE,
  company: 'Acme',
  jobTitle: 'Diretora Comercial',
  source: 'WEBSITE',
  locale,
  data: { interest: 'zimbro para a equipe', companySize: '51-200' },
})
const at = SOON
const plain =
  (input: unknown, more: object = {}) =>
  () => ({ input, ...more })
/** About the lead, as it is in the records. */
const ofLead = (input: object) => (locale: string) => ({
  leads: [ana(locale)],
  input: ([lead]: readonly { id: string }[]) => ({ leadId: lead!.id, ...input }),
})
/** About a customer with these facts. */
const ofCustomer = (customer: object, input: object) => (locale: string) => ({
  leads: [ana(locale)],
  customers: [{ lead: 0, name: 'Acme', plan: 'zimbro', ...customer }],
  input: (_: unknown, [customerId]: readonly string[]) => ({ customerId, at, ...input }),
})
const sold = sales({ source: 'WEBSITE', leads: 20, won: 6, lost: 5 })

/** Every skill of the eight agents, by `plugin/action`. */
export const CASES: Readonly<Record<string, Case>> = {
  'diagnostico/icp-analysis': {
    test: plain({ at, by: ['data.from'] }, sales({ source: 'WEBSITE', leads: 20, won: 6, data: { from: 'zimbro' } })),
    says: ['zimbro'],
    answers: 'judgement',
  },
  'diagnostico/channel-audit': {
    test: plain({ at }, sales({ source: 'REFERRAL', leads: 9, won: 3 })),
    says: ['REFERRAL', '9'],
    answers: 'judgement',
  },
  'diagnostico/competitor-benchmark': {
    test: plain({ competitors: [{ name: 'Zimbro', price: 251 }], at }),
    says: ['Zimbro', '251'],
    answers: 'judgement',
  },
  'diagnostico/metrics-analysis': {
    test: plain({ at }, sales({ source: 'WEBSITE', leads: 17, won: 4, amount: '1357.00' })),
    says: ['17', '428'],
    answers: 'judgement',
  },
  'diagnostico/cs-diagnostic': {
    test: locale => ({
      leads: [ana(locale)],
      customers: [{ lead: 0, mrr: { amount: '777.00', currency: 'BRL' } }],
      input: { at },
    }),
    says: ['777'],
    answers: 'judgement',
  },
  'posicionamento/positioning-statement': { test: plain({ product: 'Zimbro', need: 'vender' }), says: ['Zimbro'] },
  'posicionamento/brand-manifesto': { test: plain({ brand: 'Zimbro' }), says: ['Zimbro'] },
  'posicionamento/tone-of-voice': { test: plain({ traits: ['zimbro'] }), says: ['zimbro'] },
  'posicionamento/brand-book': { test: plain({ brand: 'Zimbro' }), says: ['Zimbro'] },
  'oferta/price-analysis': { test: plain({ prices: [{ name: 'Zimbro', price: 313 }], at }), says: ['Zimbro', '313'] },
  'oferta/offer-ladder': {
    test: plain({ offers: [{ name: 'Zimbro', price: 313, includes: ['suporte'] }] }),
    says: ['Zimbro', '313', 'suporte'],
  },
  'oferta/sales-material': { test: plain({ product: 'Zimbro' }), says: ['Zimbro'] },
  'oferta/sales-scripts': { test: plain({ product: 'Zimbro', at }), says: ['Zimbro'] },
  'aquisicao/editorial-calendar': {
    test: plain({ from: '2026-03-02', weeks: 1, channels: [{ name: 'Zimbro', perWeek: 1 }], themes: ['bastidores'] }),
    says: ['Zimbro', 'bastidores'],
  },
  'aquisicao/content': { test: plain({ theme: 'zimbro' }), says: ['zimbro'] },
  'aquisicao/landing-page': { test: plain({ headline: 'Zimbro para todos' }), says: ['Zimbro para todos'] },
  'aquisicao/campaign-plan': { test: plain({ budget: 5123, channels: ['zimbro'], at }), says: ['zimbro', '123'] },
  'aquisicao/lead-capture': { test: plain({ fields: { Nome: 'Ana', 'E-mail': EMAIL } }), says: [] },
  'sdr/data-enrichment': { test: locale => ({ input: { lead: ana(locale) } }), says: [] },
  'sdr/lead-scoring': { test: locale => ({ input: { lead: ana(locale) } }), says: [] },
  'sdr/lead-qualification': { test: locale => ({ input: { lead: ana(locale), score: 72 } }), says: [] },
  'sdr/automated-outreach': {
    test: locale => ({ input: { kind: 'first-contact', lead: ana(locale) } }),
    says: ['zimbro para a equipe', 'Acme'],
    answers: 'written',
  },
  'sdr/classify-reply': {
    test: plain({ text: 'Talvez, zimbro é com meu sócio.' }),
    says: ['zimbro é com meu sócio'],
    answers: 'judged',
    answer: { label: 'negative', words: ['zimbro é com'], sure: true, text: 'x', facts: ['F1'] },
  },
  'sdr/intelligent-scheduling': {
    test: plain({ text: 'quinta', slots: [{ startsAt: '2026-03-05T13:00:00Z', endsAt: '2026-03-05T13:30:00Z' }], at }),
    says: [],
  },
  'sdr/auto-followup': {
    test: locale => ({ input: { lead: ana(locale), sent: 1, lastSentAt: '2026-02-02T12:00:00Z', at } }),
    says: ['zimbro para a equipe'],
    answer: { subject: 'x', body: { text: 'x', facts: ['F1'] } },
  },
  'closer/call-briefing': { test: ofLead({}), says: [] },
  'closer/live-suggestions': {
    test: ofLead({ lines: [{ who: 'them', text: 'O zimbro integra com o nosso CRM?' }] }),
    says: ['O zimbro integra com o nosso CRM?', 'Ana Souza'],
  },
  'closer/objection-analysis': { test: plain({ text: 'Achei o zimbro caro.', at }), says: ['Achei o zimbro caro.'] },
  'closer/proposal': {
    test: ofLead({ items: [{ description: 'Zimbro', quantity: 1, unitAmount: 31_300 }], at }),
    says: ['Zimbro', '313'],
  },
  'closer/follow-up': { test: ofLead({ agreed: [{ what: 'enviar o zimbro', who: 'us' }] }), says: ['enviar o zimbro'] },
  'onboarding/kickoff': { test: ofCustomer({}, { goal: 'regar o zimbro' }), says: ['regar o zimbro', 'zimbro para a'] },
  'onboarding/drip-sequence': { test: ofCustomer({}, {}), says: ['zimbro', 'Ana Souza'] },
  'onboarding/health-score': { test: plain({ facts: { nps: 7 }, at }), says: [] },
  'onboarding/churn-alert': {
    test: locale => ({
      leads: [ana(locale)],
      customers: [{ lead: 0, name: 'Zimbro Ltda', facts: { activeUsers: 1, seats: 23 } }],
      input: { at },
    }),
    says: ['Zimbro Ltda', '1/23'],
  },
  'onboarding/intervention': { test: ofCustomer({ facts: { openTickets: 4 } }, {}), says: ['zimbro', '4'] },
  'onboarding/upsell': {
    test: ofCustomer({ status: 'ACTIVE', facts: { activeUsers: 22, seats: 23 } }, {}),
    says: ['22', '23', 'zimbro'],
  },
  'onboarding/onboarding-message': {
    test: locale => ({ input: { kind: 'kickoff', lead: ana(locale), plan: 'zimbro' } }),
    says: ['zimbro', 'Acme'],
    answers: 'written',
  },
  'gestao/consolidated-metrics': { test: plain({ at }, sold), says: ['20', '6'] },
  'gestao/okrs': {
    test: plain({
      at,
      objectives: [
        {
          title: 'Zimbro',
          from: '2026-02-01',
          to: '2026-03-31',
          keyResults: [{ title: 'mudas', target: 41, current: 13 }],
        },
      ],
    }),
    says: ['Zimbro', 'mudas', '41'],
  },
  'gestao/dashboards': { test: plain({ at, metrics: ['leads'] }), says: [] },
  'gestao/forecast': {
    test: () => {
      const { leads, deals } = sales({ source: 'WEBSITE', leads: 40, won: 5, lost: 25 })
      const value = { amount: '1000.00', currency: 'BRL' }
      return {
        leads,
        deals: [...deals, { lead: 35, title: 'x', stage: 'PROPOSAL', value, expectedCloseOn: '2026-04-10' }],
        input: { at },
      }
    },
    says: ['5', '30'],
  },
  'gestao/suggested-decisions': {
    test: plain({ at }, sales({ source: 'WEBSITE', leads: 40, won: 1, lost: 30 })),
    says: ['3'],
  },
}
