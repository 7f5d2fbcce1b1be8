import { foldText } from 'trae-os/sdk'

export interface Place {
  /** ISO 3166-1 code. */
  readonly country: string | null
  /** Of Brazil: the UF. */
  readonly state: string | null
  readonly city: string | null
}

/** A place as this host writes it. A country whose name is not known is left out, and with it nothing else. */
export function placeOf(said: {
  readonly country?: string | null
  readonly state?: string | null
  readonly city?: string | null
}): Place {
  const country = countryCode(said.country?.trim() ?? '')
  const state = said.state?.trim() || null
  return {
    country,
    state: country === 'BR' && state !== null ? stateOfBrazil(state) : state,
    city: said.city?.trim() || null,
  }
}

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']

/** `Brazil` is BR. */
function countryCode(name: string): string | null {
  if (name === '') return null
  if (/^[A-Za-z]{2}$/.test(name)) return name.toUpperCase()
  const wanted = foldText(name)
  const called = OTHER_NAMES[wanted]
  if (called !== undefined) return called
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  for (const first of LETTERS)
    for (const second of LETTERS) {
      const found = names.of(first + second)
      if (found !== undefined && foldText(found) === wanted) return first + second
    }
  return null
}

/** Names that are in use beside those of Unicode. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'united states of america': 'US',
  'czech republic': 'CZ',
  turkey: 'TR',
  'hong kong': 'HK',
  macau: 'MO',
  'ivory coast': 'CI',
}

/** `State of São Paulo` is SP; null for what is no state. */
function stateOfBrazil(name: string): string | null {
  if (/^[A-Za-z]{2}$/.test(name)) return name.toUpperCase()
  const wanted = foldText(name).replace(/^(state of|estado d[eoa]) /, '')
  return new RegExp(`(?:^|;)(..) ${wanted.replace(/[^a-z ]/g, '')}(?:;|$)`).exec(STATES)?.[1] ?? null
}

const STATES =
  'AC acre;AL alagoas;AP amapa;AM amazonas;BA bahia;CE ceara;DF distrito federal;DF federal district;ES espirito santo;GO goias;' +
  'MA maranhao;MT mato grosso;MS mato grosso do sul;MG minas gerais;PA para;PB paraiba;PR parana;PE pernambuco;PI piaui;' +
  'RJ rio de janeiro;RN rio grande do norte;RS rio grande do sul;RO rondonia;RR roraima;SC santa catarina;SP sao paulo;' +
  'SE sergipe;TO tocantins'
