import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { isList, isRecord, member } from '../api/json.ts'
import type { Json } from '../api/schema.ts'
import { useLanguage } from '../i18n/messages.tsx'
import { labelOf } from './readable.tsx'
import styles from './schema-form.module.css'

/** One field of a form that a JSON Schema asks for. */
export interface SchemaField {
  readonly name: string
  readonly kind: 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'lines' | 'date' | 'moment' | 'json'
  readonly required: boolean
  readonly choices: readonly string[]
  readonly description: string | undefined
  readonly initial: string
  /** Of `json`: what such a value looks like. */
  readonly example: string
  readonly integer: boolean
}

const LONG = 300

/** The fields of an object's schema, those that are needed first. */
export function schemaFields(schema: Json): readonly SchemaField[] {
  const properties = member(schema, 'properties')
  const required = member(schema, 'required')
  if (!isRecord(properties)) return []
  const fields = Object.entries(properties).map(([name, whole]): SchemaField => {
    const field = withoutNull(whole)
    const value = member(whole, 'default')
    const description = member(whole, 'description') ?? member(field, 'description')
    const kind = kindOf(field)
    return {
      name,
      kind,
      // What has a default is filled in by the host
      required: isList(required) && required.includes(name) && value === undefined,
      choices: choicesOf(field),
      description: typeof description === 'string' ? description : undefined,
      initial: value === undefined || value === null ? '' : shown(kind, value),
      example: kind === 'json' ? JSON.stringify(exampleOf(field, 0), null, 1) : '',
      integer: member(field, 'type') === 'integer',
    }
  })
  return [...fields.filter(field => field.required), ...fields.filter(field => !field.required)]
}

function withoutNull(field: Json): Json {
  const some = member(field, 'anyOf')
  const parts = isList(some) ? some.filter(part => member(part, 'type') !== 'null') : []
  return parts.length === 1 ? parts[0]! : field
}

function choicesOf(field: Json): readonly string[] {
  const choices = member(field, 'enum')
  return isList(choices) ? choices.filter(choice => typeof choice === 'string') : []
}

function kindOf(field: Json): SchemaField['kind'] {
  if (choicesOf(field).length > 0) return 'choice'
  const type = member(field, 'type')
  if (type === 'boolean') return 'boolean'
  if (type === 'number' || type === 'integer') return 'number'
  if (type === 'array' && member(member(field, 'items'), 'type') === 'string') return 'lines'
  if (type !== 'string') return 'json'
  const format = member(field, 'format')
  if (format === 'date') return 'date'
  if (format === 'date-time') return 'moment'
  const most = member(field, 'maxLength')
  return typeof most === 'number' && most > LONG ? 'long' : 'text'
}

const shown = (kind: SchemaField['kind'], value: Json): string =>
  kind === 'lines' && isList(value)
    ? value.join('\n')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value, null, kind === 'json' ? 1 : 0)

/** What a value may look like: every field of an object once, a list with one item. */
function exampleOf(whole: Json, depth: number): Json {
  const field = withoutNull(whole)
  if (depth > 3) return {}
  const [first] = choicesOf(field)
  if (first !== undefined) return first
  const type = member(field, 'type')
  if (type === 'array') return [exampleOf(member(field, 'items') ?? null, depth + 1)]
  const properties = member(field, 'properties')
  if (isRecord(properties))
    return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, exampleOf(part, depth + 1)]))
  return type === 'number' || type === 'integer' ? 0 : type === 'boolean' ? false : type === 'object' ? {} : ''
}

/** What was typed as JSON; a field that is empty is left out. `bad` names those that hold no JSON. */
export function valuesOfSchema(fields: readonly SchemaField[], typed: Readonly<Record<string, string>>) {
  const bad: string[] = []
  const values = fields.flatMap(({ name, kind, initial }): [string, Json][] => {
    const text = typed[name] ?? initial
    if (text.trim() === '') return []
    switch (kind) {
      case 'number':
        return [[name, Number(text)]]
      case 'boolean':
        return [[name, text === 'true']]
      case 'lines':
        return [
          [
            name,
            text
              .split('\n')
              .map(line => line.trim())
              .filter(line => line !== ''),
          ],
        ]
      case 'moment':
        return [[name, new Date(text).toISOString()]]
      case 'json':
        try {
          return [[name, JSON.parse(text) as Json]]
        } catch {
          bad.push(name)
          return []
        }
      case 'text':
      case 'long':
      case 'choice':
      case 'date':
        return [[name, text]]
      default:
        return kind satisfies never
    }
  })
  return { values: Object.fromEntries(values), bad }
}

/** A form made of a JSON Schema. Texts one a line where it wants a list of them; JSON where nothing simpler fits. */
export function SchemaForm({
  fields,
  typed,
  onType,
  bad,
}: {
  fields: readonly SchemaField[]
  typed: Readonly<Record<string, string>>
  onType: (typed: Readonly<Record<string, string>>) => void
  bad: readonly string[]
}) {
  const { t } = useLanguage()
  return (
    <div className={styles.form}>
      {fields.map(field => {
        const { name, kind, required, choices, description, initial, example, integer } = field
        const value = typed[name] ?? initial
        const set = (text: string) => onType({ ...typed, [name]: text })
        const common = { name, label: labelOf(name, t), description, required, value }
        if (kind === 'boolean')
          return (
            <Checkbox
              key={name}
              label={common.label}
              description={description}
              checked={value === 'true'}
              onChange={event => set(String(event.currentTarget.checked))}
            />
          )
        if (kind === 'choice')
          return (
            <NativeSelect
              key={name}
              {...common}
              data={[...(required ? [] : ['']), ...choices]}
              onChange={event => set(event.currentTarget.value)}
            />
          )
        if (kind === 'long' || kind === 'lines' || kind === 'json')
          return (
            <Textarea
              key={name}
              {...common}
              description={[description, kind === 'lines' ? t.skills.oneALine : kind === 'json' ? t.skills.asJson : '']
                .filter(Boolean)
                .join(' ')}
              autosize
              minRows={kind === 'long' ? 3 : 2}
              maxRows={14}
              placeholder={example}
              error={bad.includes(name) && t.skills.badJson}
              onChange={event => set(event.currentTarget.value)}
            />
          )
        return (
          <TextInput
            key={name}
            {...common}
            type={
              kind === 'number' ? 'number' : kind === 'date' ? 'date' : kind === 'moment' ? 'datetime-local' : 'text'
            }
            {...(kind === 'number' ? { step: integer ? 1 : 'any' } : {})}
            onChange={event => set(event.currentTarget.value)}
          />
        )
      })}
    </div>
  )
}
