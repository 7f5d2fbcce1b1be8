/**
 * A guess at a company's name from its domain: `vendas.acme-solar.com.br` is `Acme Solar`. Always marked as derived:
 * the domain of `Banco do Brasil` is `bb.com.br`.
 */
export function companyName(domain: string): string | null {
  const labels = domain.split('.')
  const suffix =
    labels.length > 2 && labels.at(-1)!.length === 2 && SECOND_LEVEL.includes(` ${labels.at(-2)!} `) ? 2 : 1
  const label = labels.at(-suffix - 1)
  if (label === undefined || label.startsWith('xn--') || !/[a-z]/.test(label) || GOVERNMENT.test(domain)) return null
  return label
    .split(/[-_]+/)
    .filter(word => word !== '')
    .map(word => (/^[^aeiouy]{1,4}$/.test(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(' ')
}

/** `fazenda.sp.gov.br`: a place in an administration, not a name. */
const GOVERNMENT = /\.go[vb](\.[a-z]{2})?$/

/** Second-level names under which companies register: `com.br`, `co.uk`. Not the whole public suffix list: a guess. */
const SECOND_LEVEL =
  ' com co net org ind adv eng med tur srv art agr arq blog coop dev app emp far flog imb inf jor log mus not odo ppg ' +
  'pro psc radio rec slg tec tmp tv vet wiki ltd plc '
