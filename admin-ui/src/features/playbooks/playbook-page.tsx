import type { Role } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Columns } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useSession } from '../sign-in/session.tsx'
import { Diagnostics } from './diagnostics.tsx'
import { EditPlaybook } from './edit-playbook.tsx'
import { PLAYBOOK, type PlaybookDetails } from './playbook-operations.ts'
import { RecentRuns } from './recent-runs.tsx'
import { Source } from './source.tsx'
import { StartByHand } from './start-by-hand.tsx'
import { StatusActions } from './status-actions.tsx'
import { Triggers } from './triggers.tsx'
import { VersionsCard } from './versions-card.tsx'
import publishing from './publish.module.css'

const EDITORS: ReadonlySet<Role> = new Set<Role>(['OWNER', 'ADMIN', 'EDITOR'])

/** What a playbook says, what is wrong with it, what was published of it, and how its runs do. */
export function PlaybookPage({ id: slug }: { id: string }) {
  const { t, format } = useLanguage()
  const loaded = useLoaded(PLAYBOOK, { slug })
  const { viewer } = useSession()
  const mayEdit = EDITORS.has(viewer.role)
  const playbook = loaded.data?.playbook
  const back = { to: '/playbooks', label: t.playbooks.title }
  if (playbook) {
    const { published } = playbook
    return (
      <Page
        title={playbook.name}
        back={back}
        badge={
          <Status
            tone={playbook.status === 'ACTIVE' ? 'good' : 'quiet'}
            label={t.playbooks.statuses[playbook.status]}
          />
        }
        actions={
          <>
            {mayEdit && <StatusActions playbook={playbook} onChanged={loaded.reload} />}
            <StartByHand playbook={playbook} />
          </>
        }
        subtitle={
          published
            ? `${t.playbooks.version(published.number)}, ${t.playbooks.published(format.dateTime(published.publishedAt))}`
            : t.playbooks.unpublished
        }
      >
        {playbook.status !== 'ACTIVE' && (
          <p className={publishing.banner}>
            <Icon name="info" size={16} />
            {playbook.statusReason ??
              (playbook.status === 'PAUSED' ? t.publishing.pausedText : t.publishing.archivedText)}
          </p>
        )}
        {mayEdit && playbook.status !== 'ARCHIVED' ? (
          // with another text in force the editor begins anew
          <EditPlaybook key={`${playbook.id} ${published?.id}`} playbook={playbook} onPublished={loaded.reload} />
        ) : (
          <ReadPlaybook playbook={playbook} />
        )}
      </Page>
    )
  }
  return (
    <Page title={loaded.data ? t.playbooks.notFoundTitle : t.playbooks.title} back={back}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {loaded.data && !loaded.error && (
        <Empty icon="playbooks" title={t.playbooks.notFoundTitle} text={t.playbooks.notFoundText}>
          <LinkButton to="/playbooks" label={t.playbooks.title} />
        </Empty>
      )}
      {!loaded.data && !loaded.error && (
        <Card>
          <TextSkeleton lines={14} />
        </Card>
      )}
    </Page>
  )
}

function ReadPlaybook({ playbook }: { playbook: PlaybookDetails }) {
  const { t } = useLanguage()
  const { published } = playbook
  return (
    <Columns
      main={
        published && (
          <Card title={t.playbooks.source} flush aside={<CopyButton text={published.source} variant="subtle" />}>
            <Source text={published.source} diagnostics={published.diagnostics} />
          </Card>
        )
      }
      side={
        <>
          <Triggers slug={playbook.slug} />
          <Diagnostics diagnostics={published?.diagnostics ?? []} />
          <VersionsCard playbook={playbook} onRollback={undefined} />
          <RecentRuns playbook={playbook} />
        </>
      }
    />
  )
}
