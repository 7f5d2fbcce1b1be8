import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Dialog } from '../../components/dialog.tsx'
import { explain, refusalText } from '../../components/failure.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { PlaybookDetails } from './playbook-operations.ts'
import { ARCHIVE, PAUSE, RESUME } from './publish-operations.ts'
import styles from './publish.module.css'

/** Pause, resume and put away. */
export function StatusActions({
  playbook,
  onChanged,
}: {
  playbook: Pick<PlaybookDetails, 'id' | 'status' | 'published'>
  onChanged: () => void
}) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [pausing, pause] = useMutation(PAUSE)
  const [resuming, resume] = useMutation(RESUME)
  const [archiving, archive] = useMutation(ARCHIVE)
  const change = async (send: typeof pause) => {
    const { data, error } = await send({ playbookId: playbook.id })
    const [refused] = data?.answer.userErrors ?? []
    setProblem((refused && refusalText(refused, t)) ?? (error && explain(error, t).text))
    setAsking(false)
    onChanged()
  }
  return (
    <>
      {problem && (
        <span role="alert" className={styles.problem}>
          {problem}
        </span>
      )}
      {playbook.status === 'ARCHIVED' ? (
        <Button variant="default" loading={pausing.fetching} onClick={() => void change(pause)}>
          {t.publishing.bringBack}
        </Button>
      ) : (
        <Button variant="subtle" color="gray" onClick={() => setAsking(true)}>
          {t.publishing.archive}
        </Button>
      )}
      {playbook.status === 'ACTIVE' ? (
        playbook.published && (
          <Button variant="default" loading={pausing.fetching} onClick={() => void change(pause)}>
            {t.publishing.pause}
          </Button>
        )
      ) : (
        <Button loading={resuming.fetching} onClick={() => void change(resume)}>
          {t.publishing.resume}
        </Button>
      )}
      {asking && (
        <Dialog title={t.publishing.archiveTitle} onClose={() => setAsking(false)}>
          <p>{t.publishing.archiveText}</p>
          <div className={styles.answers}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t.common.cancel}
            </Button>
            <Button loading={archiving.fetching} onClick={() => void change(archive)}>
              {t.publishing.archive}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
