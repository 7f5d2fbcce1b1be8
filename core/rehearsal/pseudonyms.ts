import { sampleId } from '../playbooks/tests/sample-value.ts'

/**
 * Made-up values in the place of personal ones: e-mail addresses, phone numbers, the names that were told and their parts,
 * companies, and ids. The same value becomes the same everywhere, so that what was equal stays equal. What a person wrote freely
 * is kept but for these.
 */
export class Pseudonyms {
  readonly #known = new Map<string, string>()
  /** In lower case → what stands for it. */
  readonly #names = new Map<string, string>()
  #pattern: RegExp | undefined
  readonly #seed: string
  #people = 0

  /** `seed`: other values for another test. */
  constructor(seed: string) {
    this.#seed = seed
  }

  /** A name to be replaced wherever it stands, whole or one of its words. */
  addName(name: string): void {
    if (this.#names.has(name.toLowerCase())) return
    const made = MADE_NAMES[this.#people++ % MADE_NAMES.length]!
    this.#add(name, made)
    const words = name.split(/\s+/).filter(word => word.length > 2)
    if (words.length > 1)
      for (const [index, word] of words.entries()) this.#add(word, made.split(' ')[index === 0 ? 0 : 1]!)
  }

  /** Names that stand, by what their field is called, anywhere in a value: of people and of companies. */
  addNamesIn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const isText = typeof inner === 'string' && inner.trim() !== ''
      if (isText && PERSON.test(key)) this.addName(inner.trim())
      else if (isText && COMPANY.test(key)) this.addCompany(inner.trim())
      else this.addNamesIn(inner)
    }
  }

  addCompany(name: string): void {
    this.#add(name, 'Empresa Exemplo')
  }

  /** The company that an address tells of: ana@acme-solar.com.br is of acme-solar, and of Acme Solar. */
  addDomain(email: string): void {
    const domain = email.split('@')[1]?.toLowerCase()
    if (domain === undefined || FREE.test(domain)) return
    const label = domain.split('.')[0]!
    this.#add(label, 'empresa')
    this.addCompany(label.replaceAll('-', ' '))
  }

  #add(name: string, by: string): void {
    if (!this.#names.has(name.toLowerCase())) this.#names.set(name.toLowerCase(), by)
    const longestFirst = [...this.#names.keys()].toSorted((a, b) => b.length - a.length)
    const words = longestFirst.map(known => known.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
    this.#pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`, 'giu')
  }

  replace(value: unknown): unknown {
    if (typeof value === 'string') return this.#replaceText(value)
    if (Array.isArray(value)) return value.map(item => this.replace(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.replace(inner)]))
  }

  #replaceText(text: string): string {
    const replaced = text
      .replaceAll(EMAIL, email => this.#stable(email.toLowerCase(), n => `pessoa${n}@${this.#domain(email)}`))
      .replaceAll(ID, id => this.#stable(id, () => sampleId(`${this.#seed} ${id}`)))
      .replaceAll(PHONE, phone => this.#stable(phone, n => `+55119000000${String(n).padStart(2, '0')}`))
    return this.#pattern ? replaced.replaceAll(this.#pattern, name => this.#names.get(name.toLowerCase())!) : replaced
  }

  /** Whether an address is a company's or anybody's decides what is made of it: free ones keep their domain. */
  #domain(email: string): string {
    const domain = email.split('@')[1]!.toLowerCase()
    return FREE.test(domain) ? domain : this.#stable(domain, n => `empresa${n}.com.br`)
  }

  #stable(value: string, make: (count: number) => string): string {
    let made = this.#known.get(value)
    if (made === undefined) this.#known.set(value, (made = make(this.#known.size + 1)))
    return made
  }
}

/** Begins at the beginning of a word and is bounded, so that a megabyte without a blank takes no quadratic time. */
const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g
const PHONE = /\+\d[\d\s()-]{7,16}\d/g
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const PERSON = /^(full|first|last|lead|customer|contact)?[ _-]?(name|nome)([ _-]?completo)?$|^sobrenome$/i
const COMPANY = /^(company|empresa)([ _-]?(name|nome))?$/i
const FREE = /^(gmail|hotmail|outlook|yahoo|icloud|uol|bol|terra|live)\./
const MADE_NAMES = ['Ana Exemplo', 'Bruno Modelo', 'Carla Amostra', 'Davi Teste']
