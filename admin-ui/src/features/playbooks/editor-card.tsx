import { Button } from '@mantine/core'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { completePlaybook } from './complete-playbook.ts'
import { callablesOf, LANGUAGE } from './language-operations.ts'
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
