import { isTimeZone } from '../playbooks/local-time.ts'
import type { Lead } from './lead.ts'

/**
 * The time zone (IANA name) in which a lead lives: `timeZone` among what is known of it, else by its phone number; a
 * Brazilian area code (DDD) lies in one state, and some countries have one zone. Undefined where that says nothing.
 */
export function leadTimeZone(lead: Pick<Lead, 'phone' | 'data'>): string | undefined {
  const known = lead.data['timeZone']
  if (typeof known === 'string' && isTimeZone(known)) return known
  const phone = lead.phone ?? ''
  const ddd = /^\+55(\d{2})/.exec(phone)?.[1]
  if (ddd) return Object.entries(BY_DDD).find(([, codes]) => codes.includes(ddd))?.[0] ?? 'America/Sao_Paulo'
  return BY_COUNTRY.find(([code]) => phone.startsWith(code))?.[1]
}

/** Zones of Brazil other than São Paulo's by area code, as Anatel's numbering plan gives them to states. */
const BY_DDD: Readonly<Record<string, readonly string[]>> = {
  'America/Rio_Branco': ['68'], // AC
  'America/Manaus': ['92', '97'], // AM
  'America/Boa_Vista': ['95'], // RR
  'America/Porto_Velho': ['69'], // RO
  'America/Cuiaba': ['65', '66'], // MT
  'America/Campo_Grande': ['67'], // MS
  'America/Belem': ['91', '93', '94', '96'], // PA, AP
  'America/Araguaina': ['63'], // TO
  'America/Fortaleza': ['83', '84', '85', '86', '88', '89', '98', '99'], // PB, RN, CE, PI, MA
  'America/Recife': ['81', '87'], // PE
  'America/Maceio': ['79', '82'], // SE, AL
  'America/Bahia': ['71', '73', '74', '75', '77'], // BA
}

/** Neighbours with one zone. A country with several is left to the workspace's zone: a guess would be no better. */
const BY_COUNTRY: readonly (readonly [string, string])[] = [
  ['+54', 'America/Argentina/Buenos_Aires'],
  ['+598', 'America/Montevideo'],
  ['+595', 'America/Asuncion'],
  ['+591', 'America/La_Paz'],
  ['+51', 'America/Lima'],
  ['+57', 'America/Bogota'],
  ['+58', 'America/Caracas'],
]
