import { isList } from '../api/json.ts'
import type { Json } from '../api/schema.ts'
import { useLanguage } from '../i18n/messages.tsx'
import type { Messages } from '../i18n/pt-BR.ts'
import styles from './readable.module.css'

const DEEPEST = 6
const LONGEST_LIST = 100

/** A JSON value for people: labels from keys, lists as lists, instants as dates. */
export function Readable({ value, depth = 0 }: { value: Json; depth?: number }) {
  const { t, format } = useLanguage()
  if (value === null || value === '') return <span className={styles.none}>{t.common.none}</span>
  if (typeof value === 'boolean') return <>{value ? t.common.yes : t.common.no}</>
  if (typeof value === 'number') return <>{format.number(value)}</>
  if (typeof value === 'string')
    return INSTANT.test(value) ? <>{format.dateTime(value)}</> : <span className={styles.text}>{value}</span>
  if (depth >= DEEPEST) return <code>{JSON.stringify(value)}</code>
  if (isList(value)) {
    if (value.length === 0) return <span className={styles.none}>{t.common.none}</span>
    return (
      <ul className={styles.list}>
        {value.slice(0, LONGEST_LIST).map((item, index) => (
          <li key={index}>
            <Readable value={item} depth={depth + 1} />
          </li>
        ))}
      </ul>
    )
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return <span className={styles.none}>{t.common.none}</span>
  return (
    <dl className={styles.record} data-depth={depth}>
      {entries.map(([key, item]) => (
        <div key={key} className={isSimple(item) ? styles.pair : styles.block}>
          <dt>{labelOf(key, t)}</dt>
          <dd>
            <Readable value={item} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

function isSimple(value: Json): boolean {
  return value === null || typeof value !== 'object'
}

/** What a field is called: its name in the language of the person where there is one, else companySize → Company size. */
export function labelOf(key: string, t: Messages): string {
  const fields: Readonly<Record<string, string>> = t.fields
  const known = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (known !== undefined) return known
  const words = key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase()
    .trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
