import { join } from 'node:path'
import { datasets, readRows, type Row } from '../../bench/learning/dataset.ts'

/** A number from 0 to 1, the next of a row that is the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A lead as it comes in, and how willing its person is, 0 to 1, which no playbook sees. */
export interface PlayedLead {
  readonly fields: Readonly<Record<string, unknown>>
  readonly will: number
}

/**
 * So many leads, evenly from the whole real data set, in the order in which they came. Names and addresses are invented: the set has
 * none. Without the set (TRAE_DATASETS) the rows are made up too, and `real` is false.
 */
export function playedLeads(count: number): { readonly real: boolean; readonly leads: readonly PlayedLead[] } {
  const folder = datasets()
  const all = folder ? readRows(join(folder, 'leads_train.csv.gz')) : Array.from({ length: count }, (_, at) => made(at))
  const rows = Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)]!)
  return { real: folder !== undefined, leads: rows.map(leadOf) }
}

const FIRST = ['Ana', 'Rui', 'Bia', 'Caio', 'Davi', 'Eva', 'Gil', 'Iara', 'Joel', 'Lia']
const LAST = ['Souza', 'Lima', 'Reis', 'Alves', 'Costa', 'Dias', 'Melo', 'Nunes', 'Pires', 'Rocha']

function leadOf(row: Row, at: number): PlayedLead {
  const next = chance(at + 1)
  const english = next() < 0.2
  const works = /Working|Businessman/.test(String(row['What is your current occupation']))
  const field = String(row['Specialization'] ?? '').replace(/^Select$/, '')
  const seconds = Number(row['Total Time Spent on Website']) || 0
  const source = String(row['Lead Source'])
  const optional = (given: boolean, fields: Record<string, unknown>) => (given ? fields : {})
  const address = `lead${at}@${works || seconds > 900 ? `empresa${at}.com.br` : 'gmail.com'}`
  const onlyPhone = works && at % 3 === 0 // some have no patience for letters
  return {
    fields: {
      name: `${FIRST[at % 10]} ${LAST[Math.floor(at / 10) % 10]} ${at}`,
      ...optional(!onlyPhone, { email: address }),
      ...optional(next() < 0.75 || onlyPhone, {
        phone: `+55${[11, 92, 85, 51][at % 4]}9${String(10000000 + at).slice(-8)}`,
      }),
      ...optional(works, { company: `Empresa ${at}` }),
      ...optional(field !== '', { jobTitle: works ? `${english ? 'Head of' : 'Diretora de'} ${field}` : field }),
      source: source === 'Reference' ? 'REFERRAL' : 'WEBSITE',
      locale: english ? 'en' : 'pt-BR',
      data: {
        ...optional(seconds > 300, { companySize: seconds > 900 ? '51-200' : '11-50' }),
        ...optional(seconds > 600, { message: english ? 'I would like a quote' : 'Quero um orçamento' }),
      },
      utm: { utm_source: source },
    },
    will: row['Converted'] === 1 ? 0.5 + next() / 2 : next() / 2,
  }
}

/** A row like those of the data set, of nobody. */
function made(at: number): Row {
  const next = chance(7919 * (at + 1))
  const pick = (values: readonly string[]) => values[Math.floor(next() * values.length)]!
  const converted = next() < 0.385 ? 1 : 0
  return {
    'What is your current occupation': pick(['Working Professional', 'Unemployed', 'Student', '']),
    Specialization: pick(['Select', 'Finance Management', 'Marketing Management', 'Operations Management']),
    'Total Time Spent on Website': Math.floor(next() * (converted ? 2000 : 900)),
    'Lead Source': pick(['Google', 'Direct Traffic', 'Olark Chat', 'Reference']),
    Converted: converted,
  }
}
