import { Button, Checkbox, TextInput } from '@mantine/core'
import type { LandingField, LandingFieldKind } from '../../api/schema.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { type EditorProps, Lines, MoveButtons } from './editor-parts.tsx'
import styles from './pages.module.css'

/** What every lead has; their kinds are fixed. */
const KNOWN: Readonly<Record<string, LandingFieldKind>> = {
  name: 'TEXT',
  email: 'EMAIL',
  phone: 'PHONE',
  company: 'TEXT',
  jobTitle: 'TEXT',
}

/** The fields of the form, in their order. */
export function FieldsEditor({ content, change, problems, stored }: EditorProps) {
  const { t } = useLanguage()
  const { fields } = content
  const put = (index: number, patch: Partial<LandingField>) =>
    change({ fields: fields.map((field, at) => (at === index ? { ...field, ...patch } : field)) })
  const move = (index: number, by: -1 | 1) =>
    change({ fields: fields.toSpliced(index, 1).toSpliced(index + by, 0, fields[index]!) })
  /** A field that was not stored yet takes its key from its label; one that was is what playbooks know it as. */
  const named = (field: LandingField, label: string): Partial<LandingField> =>
    stored.has(field.key) || field.key in KNOWN
      ? { label }
      : {
          label,
          key: freeKey(
            label,
            fields.filter(one => one !== field),
          ),
        }
  const missing = Object.keys(KNOWN).filter(key => !fields.some(field => field.key === key))
  const add = (key: string, label: string, kind: LandingFieldKind) =>
    change({ fields: [...fields, { key, label, kind, required: false, help: '', choices: [] }] })

  return (
    <fieldset className={styles.fields}>
      <legend>{t.pages.fields}</legend>
      {problems['fields'] && (
        <p role="alert" className={styles.problem}>
          {problems['fields']}
        </p>
      )}
      {fields.map((field, index) => (
        <section key={index} className={styles.field} aria-label={field.label}>
          <header>
            <code>{field.key}</code>
            <span>
              <MoveButtons index={index} count={fields.length} move={by => move(index, by)} />
              <Button
                size="compact-xs"
                variant="default"
                aria-label={t.pages.remove(field.label)}
                onClick={() => change({ fields: fields.toSpliced(index, 1) })}
              >
                ✕
              </Button>
            </span>
          </header>
          <div className={styles.pair}>
            <TextInput
              label={t.pages.fieldLabel}
              value={field.label}
              maxLength={120}
              error={problems[`fields.${index}.label`] ?? problems[`fields.${index}.key`]}
              onChange={event => put(index, named(field, event.currentTarget.value))}
            />
            <label className={styles.kind}>
              <span>{t.pages.fieldKind}</span>
              <select
                value={field.kind}
                disabled={field.key in KNOWN}
                onChange={event => put(index, { kind: event.currentTarget.value as LandingFieldKind })}
              >
                {(Object.keys(t.pages.kinds) as LandingFieldKind[]).map(kind => (
                  <option key={kind} value={kind}>
                    {t.pages.kinds[kind]}
                  </option>
                ))}
              </select>
            </label>
          </div>
          {field.kind === 'CHOICE' ? (
            <Lines
              label={t.pages.choices}
              value={field.choices}
              error={problems[`fields.${index}.choices`]}
              onChange={choices => put(index, { choices })}
            />
          ) : (
            <TextInput
              label={t.pages.help}
              value={field.help}
              maxLength={200}
              onChange={event => put(index, { help: event.currentTarget.value })}
            />
          )}
          <Checkbox
            label={t.pages.required}
            checked={field.required}
            onChange={event => put(index, { required: event.currentTarget.checked })}
          />
        </section>
      ))}
      <div className={styles.add}>
        {missing.map(key => (
          <Button
            key={key}
            size="xs"
            variant="default"
            onClick={() => add(key, t.pages.known[key as keyof typeof t.pages.known], KNOWN[key]!)}
          >
            + {t.pages.known[key as keyof typeof t.pages.known]}
          </Button>
        ))}
        <Button
          size="xs"
          variant="default"
          onClick={() => add(freeKey(t.pages.newField, fields), t.pages.newField, 'TEXT')}
        >
          + {t.pages.newField}
        </Button>
      </div>
    </fieldset>
  )
}

/** Under which the answer stands in the data of the lead: "Tipo de telhado" is tipoDeTelhado. */
function freeKey(label: string, others: readonly LandingField[]): string {
  const words =
    label
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .match(/[a-zA-Z0-9]+/g) ?? []
  const name = words
    .map((word, index) => (index === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1).toLowerCase()))
    .join('')
    .replace(/^[^a-z]+/, '')
    .slice(0, 36)
  const taken = (key: string) => key === '' || key in KNOWN || others.some(other => other.key === key)
  for (let n = 1; ; n++) {
    const key = n === 1 ? name : `${name || 'answer'}${n}`
    if (!taken(key)) return key
  }
}
