/** What HubSpot keeps of one kind of object, and how its search reads it. */
export interface Kept {
  readonly id: string
  properties: Record<string, string | null>
  readonly createdAt: string
  updatedAt: string
}

interface Filter {
  readonly propertyName: string
  readonly operator: string
  readonly value?: string
  readonly values?: readonly string[]
  readonly highValue?: string
}
export interface SearchBody {
  readonly query?: string
  readonly filterGroups?: readonly { readonly filters: readonly Filter[] }[]
  readonly sorts?: readonly { readonly propertyName: string; readonly direction: string }[]
  readonly properties?: readonly string[]
  readonly limit?: number
  readonly after?: string
}

/** Properties that every account has. An unknown one is refused, as HubSpot does. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  contacts: ['email', 'firstname', 'lastname', 'phone', 'company', 'jobtitle', 'hs_lead_status', 'hubspot_owner_id'],
  deals: ['dealname', 'pipeline', 'dealstage', 'amount', 'closedate', 'closed_lost_reason', 'hubspot_owner_id'],
}
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  hs_lead_status: 'NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING'.split(' '),
}

/** One kind of object. `now` is HubSpot's clock, in milliseconds. */
export class Records {
  readonly all = new Map<string, Kept>()
  #next = 101
  readonly type: string
  readonly now: () => number
  /** Properties that the account has made, those with unique values. */
  readonly unique = new Set<string>()
  /** Which values a property takes, besides what every account begins with. */
  readonly options: Record<string, (values: Readonly<Record<string, string>>) => readonly string[]> = {}

  constructor(type: string, now: () => number) {
    this.type = type
    this.now = now
  }

  /** Why values are refused, as one message each. */
  problems(values: Readonly<Record<string, string>>): { name: string; error: string; message: string }[] {
    return Object.entries(values).flatMap(([name, value]) => {
      if (!KNOWN[this.type]?.includes(name) && !this.unique.has(name))
        return [{ name, error: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` }]
      const options = OPTIONS[name] ?? this.options[name]?.(values)
      if (options && value !== '' && !options.includes(value))
        return [{ name, error: 'INVALID_OPTION', message: `${value} was not one of the allowed options: [${options}]` }]
      return []
    })
  }

  create(values: Readonly<Record<string, string>>): Kept {
    const at = this.#instant()
    const id = String(this.#next++)
    const defaults: Record<string, string> = this.type === 'deals' ? { pipeline: 'default' } : {}
    const kept: Kept = {
      id,
      properties: { ...defaults, createdate: at, hs_object_id: id },
      createdAt: at,
      updatedAt: at,
    }
    this.all.set(id, kept)
    return this.#write(kept, values)
  }

  update(kept: Kept, values: Readonly<Record<string, string>>): Kept {
    return this.#write(kept, values)
  }

  find(id: string, idProperty = 'hs_object_id'): Kept | undefined {
    return [...this.all.values()].find(one => one.properties[idProperty] === id)
  }

  /** As the API shows one: what was asked for, and what it always adds. */
  shown(kept: Kept, asked: readonly string[] = Object.keys(kept.properties)) {
    const names = [...new Set([...asked, 'createdate', 'hs_object_id', this.#modified])]
    const properties = Object.fromEntries(names.map(name => [name, kept.properties[name] ?? null]))
    return { id: kept.id, properties, createdAt: kept.createdAt, updatedAt: kept.updatedAt, archived: false }
  }

  search({ query, filterGroups = [], sorts = [], properties = [], limit = 10, after = '0' }: SearchBody) {
    const words = query?.toLowerCase()
    const found = [...this.all.values()].filter(
      ({ properties: held }) =>
        (words === undefined || Object.values(held).some(value => value?.toLowerCase().includes(words))) &&
        (filterGroups.length === 0 || filterGroups.some(group => group.filters.every(filter => fits(held, filter)))),
    )
    for (const { propertyName, direction } of sorts)
      found.sort(
        (a, b) =>
          (direction === 'DESCENDING' ? -1 : 1) * compare(a.properties[propertyName], b.properties[propertyName]),
      )
    const from = Number(after)
    const results = found.slice(from, from + limit).map(one => this.shown(one, properties))
    const end = from + results.length
    return { total: found.length, results, ...(end < found.length ? { paging: { next: { after: String(end) } } } : {}) }
  }

  get #modified() {
    return this.type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate'
  }
  #instant = () => new Date(this.now()).toISOString()

  #write(kept: Kept, values: Readonly<Record<string, string>>): Kept {
    const at = this.#instant()
    for (const [name, value] of Object.entries(values)) kept.properties[name] = value === '' ? null : value
    kept.properties[this.#modified] = kept.updatedAt = at
    return kept
  }
}

/** Times are compared as milliseconds: a filter gives them so, a property as ISO 8601. */
function compare(a: string | null | undefined, b: string | null | undefined): number {
  const [x, y] = [a, b].map(one => (/^\d{4}-\d\d-\d\dT/.test(one ?? '') ? Date.parse(one!) : Number(one)))
  return Number.isNaN(x!) || Number.isNaN(y!) ? String(a).localeCompare(String(b)) : x! - y!
}

function fits(
  held: Readonly<Record<string, string | null>>,
  { propertyName, operator, value, values }: Filter,
): boolean {
  const own = held[propertyName] ?? null
  if (operator === 'HAS_PROPERTY') return own !== null
  if (operator === 'NOT_HAS_PROPERTY') return own === null
  if (own === null) return operator === 'NEQ'
  switch (operator) {
    case 'EQ':
      return compare(own, value) === 0
    case 'NEQ':
      return compare(own, value) !== 0
    case 'GT':
      return compare(own, value) > 0
    case 'GTE':
      return compare(own, value) >= 0
    case 'LT':
      return compare(own, value) < 0
    case 'LTE':
      return compare(own, value) <= 0
    case 'IN':
      return values!.includes(own)
    default:
      throw new Error(`this HubSpot does not know the operator ${operator}`)
  }
}
