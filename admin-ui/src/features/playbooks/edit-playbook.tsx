import { useState } from 'react'
import { Columns } from '../../components/card.tsx'
import { Diagnostics } from './diagnostics.tsx'
import { EditorCard } from './editor-card.tsx'
import type { PlaybookDetails } from './playbook-operations.ts'
import { PublishDialog, type PublishTarget } from './publish-dialog.tsx'
import { RecentRuns } from './recent-runs.tsx'
import { Triggers } from './triggers.tsx'
import { useEditing } from './use-editing.ts'
import { VersionsCard } from './versions-card.tsx'
import type { Jump } from './yaml-editor.tsx'

/** The playbook as somebody works on it who may change it. */
export function EditPlaybook({ playbook, onPublished }: { playbook: PlaybookDetails; onPublished: () => void }) {
  const editing = useEditing(playbook)
  const [jump, setJump] = useState<Jump>()
  const [target, setTarget] = useState<PublishTarget>()
  return (
    <>
      <Columns
        main={
          <EditorCard
            editing={editing}
            published={playbook.published !== null}
            jump={jump}
            onPublish={hash => setTarget({ kind: 'draft', hash })}
          />
        }
        side={
          <>
            <Diagnostics diagnostics={editing.findings} onJump={line => setJump({ line })} />
            {playbook.published && <Triggers slug={playbook.slug} />}
            <VersionsCard
              playbook={playbook}
              onRollback={({ id, number }) => setTarget({ kind: 'version', id, number })}
            />
            <RecentRuns playbook={playbook} />
          </>
        }
      />
      {target && (
        <PublishDialog
          playbook={playbook}
          target={target}
          onClose={published => {
            setTarget(undefined)
            if (published) onPublished()
          }}
        />
      )}
    </>
  )
}
