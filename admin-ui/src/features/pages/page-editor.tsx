import { Textarea, TextInput } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { type EditorProps, Lines } from './editor-parts.tsx'
import { FieldsEditor } from './fields-editor.tsx'
import styles from './pages.module.css'

/** Everything of a page that a person writes. */
export function PageEditor(props: EditorProps) {
  const { t } = useLanguage()
  const { content, change, problems } = props
  const line = (name: 'logo' | 'headline' | 'formTitle' | 'submit' | 'thanksTitle', max: number) => (
    <TextInput
      label={t.pages.texts[name]}
      value={content[name]}
      maxLength={max}
      error={problems[name]}
      onChange={event => change({ [name]: event.currentTarget.value })}
    />
  )
  const block = (name: 'text' | 'consent' | 'thanksText', max: number) => (
    <Textarea
      label={t.pages.texts[name]}
      autosize
      minRows={2}
      value={content[name]}
      maxLength={max}
      error={problems[name]}
      onChange={event => change({ [name]: event.currentTarget.value })}
    />
  )
  return (
    <>
      <Card title={t.pages.parts.story}>
        <div className={styles.form}>
          <div className={styles.pair}>
            {line('logo', 60)}
            <label className={styles.color}>
              <span>{t.pages.texts.color}</span>
              <input
                type="color"
                value={content.color}
                onChange={event => change({ color: event.currentTarget.value })}
              />
            </label>
          </div>
          {line('headline', 200)}
          {block('text', 4000)}
          <Lines
            label={t.pages.texts.points}
            value={content.points}
            error={problems['points']}
            onChange={points => change({ points })}
          />
        </div>
      </Card>
      <Card title={t.pages.parts.form} note={t.pages.parts.formNote}>
        <div className={styles.form}>
          {line('formTitle', 120)}
          <FieldsEditor {...props} />
          {block('consent', 2000)}
          <p className={styles.dim}>{t.pages.consentNote}</p>
          {line('submit', 60)}
        </div>
      </Card>
      <Card title={t.pages.parts.after}>
        <div className={styles.form}>
          {line('thanksTitle', 200)}
          {block('thanksText', 2000)}
          <TextInput
            label={t.pages.texts.redirectTo}
            placeholder="https://www.example.com/"
            value={content.redirectTo ?? ''}
            error={problems['redirectTo']}
            onChange={event => change({ redirectTo: event.currentTarget.value.trim() || null })}
          />
        </div>
      </Card>
      <Card title={t.pages.parts.embed} note={t.pages.parts.embedNote}>
        <div className={styles.form}>
          <Lines
            label={t.pages.texts.embedOrigins}
            placeholder="https://www.example.com"
            value={content.embedOrigins}
            error={problems['embedOrigins']}
            onChange={embedOrigins => change({ embedOrigins })}
          />
        </div>
      </Card>
    </>
  )
}
