import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { nodesOf } from '../../api/connection.ts'
import { Card } from '../../components/card.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { PlaybookDetails, VersionRow } from './playbook-operations.ts'
import styles from './publish.module.css'
import own from './playbook.module.css'

const YamlDiff = lazy(() => import('./yaml-editor.tsx').then(module => ({ default: module.YamlDiff })))

/** What was published, newest first; each shows what is different from the one in force, and can be gone back to. */
export function VersionsCard({
  playbook,
  onRollback,
}: {
  playbook: PlaybookDetails
  /** Not given to who may not. */
  onRollback: ((version: VersionRow) => void) | undefined
}) {
  const { t } = useLanguage()
  const [shown, setShown] = useState<VersionRow>()
  const versions = nodesOf(playbook.versions)
  return (
    <Card title={t.publishing.versions} flush>
      {versions.length === 0 && (
        <div className={own.pad}>
          <Nothing>{t.publishing.noVersions}</Nothing>
        </div>
      )}
      <ul className={styles.versions}>
        {versions.map(version => (
          <li key={version.id}>
            <button type="button" onClick={() => setShown(version)}>
              <span className={styles.versionHead}>
                <strong>{t.publishing.versionTitle(version.number)}</strong>
                {version.id === playbook.published?.id && <Status tone="good" label={t.publishing.current} />}
              </span>
              <Whence version={version} />
              {version.note && <span className={styles.small}>{version.note}</span>}
            </button>
          </li>
        ))}
      </ul>
      {shown && (
        <VersionDialog
          version={shown}
          published={playbook.published}
          onClose={() => setShown(undefined)}
          onRollback={
            onRollback && shown.id !== playbook.published?.id
              ? () => {
                  setShown(undefined)
                  onRollback(shown)
                }
              : undefined
          }
        />
      )}
    </Card>
  )
}

function Whence({ version }: { version: VersionRow }) {
  const { t } = useLanguage()
  const who = version.publishedBy?.name ?? (version.origin === 'FILE' ? t.publishing.fromFile : undefined)
  return (
    <span className={styles.small}>
      <Time at={version.publishedAt} />
      {who && ` · ${who}`}
      {version.rolledBackTo !== null && ` · ${t.publishing.backTo(version.rolledBackTo)}`}
    </span>
  )
}

function VersionDialog({
  version,
  published,
  onClose,
  onRollback,
}: {
  version: VersionRow
  published: PlaybookDetails['published']
  onClose: () => void
  onRollback: (() => void) | undefined
}) {
  const { t } = useLanguage()
  const same = published === null || published.source === version.source
  return (
    <Dialog title={t.publishing.versionTitle(version.number)} wide onClose={onClose}>
      <Whence version={version} />
      {version.note && <p>{version.note}</p>}
      <p className={styles.dim}>{same ? t.publishing.sameText : t.publishing.against(published.number)}</p>
      <div className={styles.diff}>
        <Suspense fallback={<TextSkeleton lines={8} />}>
          <YamlDiff
            before={version.source}
            after={published?.source ?? version.source}
            label={t.publishing.versionTitle(version.number)}
            unchanged={t.publishing.unchanged}
          />
        </Suspense>
      </div>
      <div className={styles.answers}>
        <Button variant="default" onClick={onClose}>
          {t.common.close}
        </Button>
        {onRollback && <Button onClick={onRollback}>{t.publishing.rollbackMore}</Button>}
      </div>
    </Dialog>
  )
}
