import { isRecord, member, textAt } from '../../api/json.ts'
import type { Json } from '../../api/schema.ts'
import { labelOf, Readable } from '../../components/readable.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './lead.module.css'

/** Answers of forms, and what enrichment found: where a finding says how it came about, that stands under it. */
export function KnownFacts({ data }: { data: { readonly [key: string]: Json } }) {
  const { t } = useLanguage()
  const sourced = Object.entries(data).filter(([, value]) => isRecord(member(value, 'sources')))
  const plain = Object.fromEntries(Object.entries(data).filter(([, value]) => !isRecord(member(value, 'sources'))))
  return (
    <>
      {Object.keys(plain).length > 0 && <Readable value={plain} />}
      {sourced.map(([key, value]) => (
        <section key={key} className={styles.found}>
          <h3>{labelOf(key, t)}</h3>
          <Findings value={value} />
        </section>
      ))}
    </>
  )
}

function Findings({ value }: { value: Json }) {
  const { t } = useLanguage()
  if (!isRecord(value)) return null
  return (
    <dl className={styles.facts}>
      {Object.entries(value)
        .filter(([key, found]) => key !== 'sources' && found !== null)
        .map(([key, found]) => (
          <div key={key}>
            <dt>{labelOf(key, t)}</dt>
            <dd>
              <Readable value={found} />
              <span className={styles.how}>{textAt(member(value['sources'], key), 'how')}</span>
            </dd>
          </div>
        ))}
    </dl>
  )
}
