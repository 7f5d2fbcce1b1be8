import { isList, isRecord, member, textAt, textsAt } from '../../api/json.ts'
import type { Json } from '../../api/schema.ts'
import { JsonView } from '../../components/json-view.tsx'
import { sourceOf } from '../../components/source-of.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './findings-view.module.css'

/** Does a result say where it comes from, as skills do? */
export const hasFindings = (result: Json): boolean =>
  isList(member(result, 'facts')) && isList(member(result, 'notKnown'))

const OWN = new Set(['facts', 'notKnown', 'toCheck', 'model', 'draft', 'judgement'])

/** What a skill came to: what a model wrote, what to check in it, what was computed, what is known and what is not. */
export function FindingsView({ result }: { result: Json }) {
  const { t } = useLanguage()
  const facts = itemsAt(result, 'facts')
  const unknown = itemsAt(result, 'notKnown')
  const check = textsAt(result, 'toCheck')
  const model = textAt(result, 'model')
  const written = [
    { title: model && t.skills.writtenBy(model), texts: itemsAt(member(result, 'draft'), 'parts') },
    { title: t.skills.conclusions, texts: itemsAt(member(result, 'judgement'), 'conclusions') },
    { title: t.skills.actions, texts: itemsAt(member(result, 'judgement'), 'actions') },
  ].filter(({ texts }) => texts.length > 0)
  const rest = isRecord(result) ? Object.fromEntries(Object.entries(result).filter(([name]) => !OWN.has(name))) : {}
  return (
    <div className={styles.findings}>
      {written.map(({ title, texts }) => (
        <section key={title}>
          <h3>{title}</h3>
          {texts.map((text, index) => (
            <div key={index} className={styles.text}>
              {textAt(text, 'heading') && <strong>{textAt(text, 'heading')}</strong>}
              <p>{textAt(text, 'text')}</p>
              {textsAt(text, 'facts').length > 0 && (
                <small>
                  {t.skills.restsOn} {textsAt(text, 'facts').join(', ')}
                </small>
              )}
            </div>
          ))}
        </section>
      ))}
      {check.length > 0 && (
        <section role="note" className={styles.check}>
          <h3>{t.skills.toCheck}</h3>
          <ul>
            {check.map(line => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      )}
      {Object.keys(rest).length > 0 && <JsonView value={rest} label={t.skills.output} />}
      {facts.length > 0 && (
        <section>
          <h3>{t.skills.facts}</h3>
          <ul className={styles.facts}>
            {facts.map(fact => (
              <li key={textAt(fact, 'id')}>
                <code>{textAt(fact, 'id')}</code>
                <span>
                  <strong>{textAt(fact, 'label')}</strong> {textAt(fact, 'value')}
                  <small title={textAt(fact, 'from')}>{sourceOf(textAt(fact, 'source'), t)}</small>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {unknown.length > 0 && (
        <section>
          <h3>{t.skills.notKnown}</h3>
          <dl className={styles.unknown}>
            {unknown.map((one, index) => (
              <div key={index}>
                <dt>{textAt(one, 'what')}</dt>
                <dd>{textAt(one, 'needs')}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </div>
  )
}

function itemsAt(value: Json | undefined, key: string): readonly Json[] {
  const found = member(value, key)
  return isList(found) ? found : []
}
