import { member } from '../../api/json.ts'
import type { Json, PluginAction } from '../../api/schema.ts'
import { CodeText } from '../../components/code-text.tsx'
import { Icon } from '../../components/icon.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './plugins.module.css'

/** One thing a plugin can do: what it takes, what it gives, and what a repeat of it would mean. */
export function ActionView({ pluginId, action }: { pluginId: string; action: PluginAction }) {
  const { t } = useLanguage()
  return (
    <details>
      <summary>
        <Icon name="chevron" size={16} />
        <span className={styles.actionName}>
          <strong>{action.title}</strong>
          <code>
            {pluginId}/{action.name}
          </code>
        </span>
        <span className={styles.effect} data-effect={action.effect} title={t.plugins.effectTexts[action.effect]}>
          {t.plugins.effects[action.effect]}
        </span>
      </summary>
      <div className={styles.actionBody}>
        <p>
          <CodeText text={action.description} />
        </p>
        <p className={styles.dim}>
          {t.plugins.effectTexts[action.effect]}{' '}
          {action.effect !== 'NONE' && action.effect !== 'READ' && t.plugins.idempotencies[action.idempotency]}
        </p>
        {action.service && <p className={styles.dim}>{t.plugins.providesText(action.service)}</p>}
        <div className={styles.schemas}>
          <Schema title={t.plugins.inputs} schema={action.inputSchema} />
          <Schema title={t.plugins.outputs} schema={action.outputSchema} />
        </div>
      </div>
    </details>
  )
}

function Schema({ title, schema }: { title: string; schema: Json }) {
  const { t } = useLanguage()
  const fields = fieldsOf(schema)
  return (
    <div>
      <h3>{title}</h3>
      {fields.length === 0 && <p className={styles.dim}>{t.common.none}</p>}
      <dl className={styles.fields}>
        {fields.map(field => (
          <div key={field.name}>
            <dt>
              <code>{field.name}</code> <span className={styles.dim}>{field.type}</span>
              {field.required && <span className={styles.required}>{t.plugins.required}</span>}
            </dt>
            {field.description && (
              <dd className={styles.dim}>
                <CodeText text={field.description} />
              </dd>
            )}
          </div>
        ))}
      </dl>
    </div>
  )
}

/** The first floor of a JSON Schema: enough to write a `with` by. */
function fieldsOf(
  schema: Json,
): readonly { name: string; type: string; description: string | undefined; required: boolean }[] {
  const properties = member(schema, 'properties')
  const required = member(schema, 'required')
  if (typeof properties !== 'object' || properties === null) return []
  return Object.entries(properties).map(([name, field]: [string, Json]) => {
    const description = member(field, 'description')
    return {
      name,
      type: typeOf(field),
      required: Array.isArray(required) && required.includes(name),
      description: typeof description === 'string' ? description : undefined,
    }
  })
}

function typeOf(field: Json): string {
  const choices = member(field, 'enum')
  if (Array.isArray(choices)) return choices.join(' | ')
  const alternatives = member(field, 'anyOf')
  if (Array.isArray(alternatives)) return [...new Set(alternatives.map(typeOf))].join(' | ')
  const type = member(field, 'type')
  if (type === 'array') return `${typeOf(member(field, 'items') ?? null)}[]`
  return typeof type === 'string' ? type : Array.isArray(type) ? type.join(' | ') : 'any'
}
