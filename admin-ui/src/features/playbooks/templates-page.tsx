import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { useLoaded } from '../../api/use-loaded.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Card } from '../../components/card.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, navigate } from '../../router.tsx'
import { useMayEdit } from '../sign-in/may-operate.ts'
import { CREATE_FROM_TEMPLATE, type Template, TEMPLATES } from './template-operations.ts'
import styles from './templates.module.css'

/** The playbooks that came with this host and with its plugins, each as a start for one of your own. */
export function TemplatesPage() {
  const { t, locale } = useLanguage()
  const { data, error, reload } = useLoaded(TEMPLATES, { locale })
  const [chosen, setChosen] = useState<Template>()
  return (
    <Page
      title={t.templates.title}
      subtitle={t.templates.subtitle}
      back={{ to: '/playbooks', label: t.playbooks.title }}
    >
      {error && <Failure error={error} onRetry={reload} />}
      {!data && !error && (
        <Card>
          <TextSkeleton lines={8} />
        </Card>
      )}
      {data?.playbookTemplates.length === 0 && (
        <Empty icon="playbooks" title={t.templates.emptyTitle} text={t.templates.emptyText} />
      )}
      <ul className={styles.gallery}>
        {data?.playbookTemplates.map(template => (
          <li key={template.slug}>
            <TemplateCard template={template} onUse={() => setChosen(template)} />
          </li>
        ))}
      </ul>
      {chosen && <UseDialog template={chosen} onClose={() => setChosen(undefined)} />}
    </Page>
  )
}

function TemplateCard({ template, onUse }: { template: Template; onUse: () => void }) {
  const { t } = useLanguage()
  const { name, slug, plugin, description, triggers, needs, playbook } = template
  return (
    <section className={styles.card} aria-label={name}>
      <header>
        <h2>{name}</h2>
        {playbook?.status === 'ACTIVE' && <Status tone="good" label={t.templates.inUse} />}
      </header>
      {description && <p>{description}</p>}
      <dl className={styles.facts}>
        <dt>{t.triggers.title}</dt>
        <dd>
          {triggers.length === 0 && t.triggers.byHand}
          {triggers.map(({ kind, what }, index) => (
            <span key={index} className={styles.trigger}>
              {t.triggers.kinds[kind]} {what && <code>{what}</code>}
            </span>
          ))}
        </dd>
        {plugin && (
          <>
            <dt>{t.templates.plugin}</dt>
            <dd>{plugin}</dd>
          </>
        )}
        {needs.length > 0 && (
          <>
            <dt>{t.templates.needs}</dt>
            <dd>
              {needs.map(need => (
                <span key={need.name} className={styles.need} data-missing={!need.isThere}>
                  <Link to={need.isService ? '/services' : `/plugins/${encodeURIComponent(need.name)}`}>
                    <code>{need.name}</code>
                  </Link>
                  {!need.isThere && <span>{t.templates.missing}</span>}
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
      <footer>
        {useMayEdit() && (
          <Button variant="default" onClick={onUse} aria-label={t.templates.useNamed(name)}>
            {t.templates.use}
          </Button>
        )}
        {playbook && <Link to={`/playbooks/${encodeURIComponent(slug)}`}>{t.templates.open}</Link>}
      </footer>
    </section>
  )
}

/** Asks for the name of the copy, and opens it in the editor. */
function UseDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t, locale } = useLanguage()
  const [name, setName] = useState(t.templates.copyOf(template.name))
  const [, create] = useMutation(CREATE_FROM_TEMPLATE)
  const send = async () => {
    const { data, error } = await create({ input: { name: name.trim(), template: template.slug, locale } })
    const made = data?.answer.playbook
    if (made) navigate(`/playbooks/${encodeURIComponent(made.slug)}`)
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.templates.useNamed(template.name)}
      confirm={t.publishing.create}
      send={send}
      onClose={onClose}
    >
      <p>{t.templates.useText}</p>
      <TextInput
        required
        label={t.publishing.name}
        value={name}
        maxLength={200}
        onChange={event => setName(event.currentTarget.value)}
        data-autofocus
      />
      {template.playbook?.status === 'ACTIVE' && template.triggers.length > 0 && (
        <p className={styles.warn}>{t.templates.both(template.name)}</p>
      )}
    </ConfirmDialog>
  )
}
