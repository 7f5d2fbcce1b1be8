/**
 * What the address alone tells: `company` is any domain that is not known to be something else. The lists are short on
 * purpose: providers that many people use. A domain missing here is read as a company's, which people see and can fix.
 */
export type EmailKind = 'company' | 'free' | 'education' | 'disposable'

/**
 * The domain of an address, in lower case, and whose it is: a company, a school, a free provider, or one that is thrown away.
 * Undefined for what is no address.
 */
export function readEmail(email: string | null | undefined): { domain: string; kind: EmailKind } | undefined {
  const domain = /^[^\s@]+@([^\s@]+\.[a-z]{2,})$/.exec((email ?? '').trim().toLowerCase())?.[1]
  if (domain === undefined) return undefined
  return { domain, kind: kindOf(domain) }
}

function kindOf(domain: string): EmailKind {
  if (DISPOSABLE.includes(` ${domain} `)) return 'disposable'
  if (FREE.includes(` ${domain} `) || FREE_FAMILIES.test(domain)) return 'free'
  if (/(^|\.)(edu|ac)(\.[a-z]{2})?$/.test(domain)) return 'education'
  return 'company'
}

const FREE_FAMILIES =
  /^(gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|gmx|yandex|zoho(mail)?)\.[a-z]{2,3}(\.[a-z]{2})?$/
// Texts, not sets: a plugin that reads no addresses then bundles none of this.
const FREE =
  ' icloud.com me.com mac.com aol.com proton.me protonmail.com pm.me tutanota.com fastmail.com hey.com mail.com mail.ru ' +
  'rocketmail.com qq.com 163.com 126.com web.de t-online.de orange.fr free.fr laposte.net libero.it sapo.pt comcast.net ' +
  'uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com oi.com.br zipmail.com.br pop.com.br ' +
  'superig.com.br brturbo.com.br click21.com.br '
const DISPOSABLE =
  ' mailinator.com yopmail.com guerrillamail.com sharklasers.com 10minutemail.com temp-mail.org tempmail.com trashmail.com ' +
  'throwawaymail.com getnada.com maildrop.cc dispostable.com fakeinbox.com mohmal.com moakt.com emailondeck.com '
