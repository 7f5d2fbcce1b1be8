import type { Json } from '../api/schema.ts'
import { isList, isRecord } from '../api/json.ts'
import { useLanguage } from '../i18n/messages.tsx'
import styles from './declared-fields.module.css'

/** One value that somebody is asked for, as playbooks declare it. */
export interface DeclaredField {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default: Json | undefined
  readonly choices: readonly Json[] | undefined
  readonly description: string | undefined
}

/** What has been typed, by name. */
export type Typed = Readonly<Record<string, string>>

/** Reads a list of declarations as the host sends it. */
export function declaredFields(value: Json): readonly DeclaredField[] {
  return (isList(value) ? value : []).flatMap(field =>
    isRecord(field) && typeof field['name'] === 'string'
      ? [
          {
            name: field['name'],
            type: String(field['type']),
            required: field['required'] === true,
            default: field['default'],
            choices: isList(field['enum']) ? field['enum'] : field['type'] === 'boolean' ? [true, false] : undefined,
            description: typeof field['description'] === 'string' ? field['description'] : undefined,
          },
        ]
      : [],
  )
}

/** The values as JSON; an empty field is left out. Text that is no number or JSON goes as it is: the host says what it wants. */
export function valuesOf(fields: readonly DeclaredField[], typed: Typed): Record<string, Json> {
  return Object.fromEntries(
    fields.flatMap(field => {
      const text = typed[field.name] ?? initial(field)
      return text === '' ? [] : [[field.name, TEXTS.has(field.type) ? text : jsonOr(text)]]
    }),
  )
}

const TEXTS: ReadonlySet<string> = new Set(['string', 'date', 'datetime'])

export function DeclaredFields({
  fields,
  typed,
  onType,
}: {
  fields: readonly DeclaredField[]
  typed: Typed
  onType: (typed: Typed) => void
}) {
  const { t } = useLanguage()
  return fields.map(field => {
    const { name, type, required, choices, description } = field
    const common = {
      name,
      required,
      value: typed[name] ?? initial(field),
      onChange: (event: { currentTarget: { value: string } }) =>
        onType({ ...typed, [name]: event.currentTarget.value }),
    }
    return (
      <label key={name} className={styles.field}>
        <span>
          {description ?? name}
          {required && <em title={t.common.required}> *</em>}
        </span>
        {choices ? (
          <select {...common}>
            <option value="" />
            {choices.map(choice => {
              const text = typeof choice === 'string' ? choice : JSON.stringify(choice)
              return (
                <option key={text} value={text}>
                  {choice === true ? t.common.yes : choice === false ? t.common.no : text}
                </option>
              )
            })}
          </select>
        ) : type === 'object' || type === 'list' ? (
          <textarea {...common} rows={3} placeholder={type === 'list' ? '[]' : '{}'} />
        ) : (
          <input {...common} type={INPUTS[type] ?? 'text'} step="any" />
        )}
      </label>
    )
  })
}

const INPUTS: Readonly<Record<string, string>> = { number: 'number', integer: 'number', date: 'date' }

function initial({ default: value }: DeclaredField): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
