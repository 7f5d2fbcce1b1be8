import { Button } from '@mantine/core'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { useApi } from '../../api/api.ts'
import { nodesOf } from '../../api/connection.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { type Completion, completePlaybook } from './complete-playbook.ts'
import { choicePlaceAt } from './choice-place.ts'
import { ACTION_CHOICES, callablesOf, choiceFieldsOf, LANGUAGE } from './language-operations.ts'
import type { Editing } from './use-editing.ts'
import type { Jump } from './yaml-editor.tsx'
import styles from './publish.module.css'

const YamlEditor = lazy(() => import('./yaml-editor.tsx').then(module => ({ default: module.YamlEditor })))

/** The text, its state in a word, and what can be done with it. */
export function EditorCard({
  editing,
  published,
  jump,
  onPublish,
}: {
  editing: Editing
  /** Is there a version to go back to? */
  published: boolean
  jump: Jump | undefined
  onPublish: (draftHash: string) => void
}) {
  const { t, format } = useLanguage()
  const [asking, setAsking] = useState(false)
  const { text, dirty, draft, busy, problem } = editing
  const { data: language } = useLoaded(LANGUAGE, {})
  const callables = useMemo(() => (language ? callablesOf(language) : []), [language])
  const complete = useCallback(
    (text: string, position: number) => language && completePlaybook(text, position, language.schema, callables),
    [language, callables],
  )
  const { client } = useApi()
  const choiceFields = useMemo(() => language && choiceFieldsOf(language), [language])
  // What only a plugin knows: asked of it while a word stands there; where it cannot tell, nothing is offered
  const lookUp = useCallback(
    async (text: string, position: number): Promise<Completion | undefined> => {
      const place = choicePlaceAt(text, position)
      const offered = place && choiceFields?.get(place.uses.replace(/@.*/, ''))
      if (!place || !offered?.includes(place.field)) return undefined
      const { data } = await client
        .query(ACTION_CHOICES, { uses: place.uses, account: place.account, field: place.field, search: place.word })
        .toPromise()
      const choices = nodesOf(data?.actionChoices).map(({ value, label, note }) => ({
        label: value,
        description: [label, note].filter(Boolean).join(' · '),
        ...(place.isKey ? { insert: `${value}: ` } : {}),
      }))
      return choices.length > 0 ? { from: place.from, choices } : undefined
    },
    [client, choiceFields],
  )
  const errors = editing.findings.filter(finding => finding.severity === 'ERROR').length
  const publish = async () => {
    const hash = await editing.save()
    if (hash !== undefined) onPublish(hash)
  }
  return (
    <Card title={t.playbooks.source} flush aside={<CopyButton text={text} variant="subtle" />}>
      <div className={styles.bar}>
        <span className={styles.state} role="status">
          {dirty ? (
            <Status tone="wait" label={t.publishing.unsaved} />
          ) : draft ? (
            <Status
              tone="live"
              label={editing.savedAt ? t.publishing.kept(format.relative(editing.savedAt)) : t.publishing.draft}
            />
          ) : (
            <Status tone="good" label={t.publishing.inForceText} />
          )}
          {editing.checking && <span>{t.publishing.checking}</span>}
        </span>
        {draft && published && !dirty && (
          <Button variant="subtle" color="gray" size="xs" disabled={busy} onClick={() => setAsking(true)}>
            {t.publishing.discard}
          </Button>
        )}
        <Button variant="default" size="xs" disabled={!dirty} loading={busy} onClick={() => void editing.save()}>
          {t.publishing.save}
        </Button>
        <Button
          size="xs"
          disabled={(!dirty && !draft) || busy || editing.checking || errors > 0}
          onClick={() => void publish()}
        >
          {t.publishing.publishMore}
        </Button>
      </div>
      {problem && (
        <p role="alert" className={`${styles.problem} ${styles.inBar}`}>
          {problem}
        </p>
      )}
      <div className={styles.editor}>
        <Suspense fallback={<TextSkeleton lines={14} />}>
          <YamlEditor
            text={text}
            label={t.playbooks.source}
            findings={editing.findings}
            jump={jump}
            apply={t.publishing.apply}
            complete={complete}
            lookUp={lookUp}
            onChange={editing.setText}
          />
        </Suspense>
      </div>
      {asking && (
        <Dialog title={t.publishing.discardTitle} onClose={() => setAsking(false)}>
          <p>{t.publishing.discardText}</p>
          <div className={styles.answers}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t.common.cancel}
            </Button>
            <Button color="red" onClick={() => void editing.discard().then(() => setAsking(false))}>
              {t.publishing.discard}
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  )
}
