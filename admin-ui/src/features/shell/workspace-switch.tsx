import { useState } from 'react'
import { useLanguage } from '../../i18n/messages.tsx'
import { useSession } from '../sign-in/session.tsx'
import { switchWorkspace } from '../sign-in/switch-workspace.ts'
import styles from './shell.module.css'

/** Where somebody is who belongs to several workspaces, and the way to the others. */
export function WorkspaceSwitch() {
  const { t } = useLanguage()
  const { ownWorkspaces } = useSession()
  const [going, setGoing] = useState(false)
  const [failed, setFailed] = useState(false)
  const current = ownWorkspaces.find(workspace => workspace.current)?.switchId
  const go = async (workspaceId: string) => {
    setGoing(true)
    const gone = await switchWorkspace(workspaceId).catch(() => false)
    setFailed(!gone)
    if (!gone) setGoing(false) // else the page begins anew
  }
  return (
    <span className={styles.workspace}>
      <select
        aria-label={t.navigation.workspace}
        value={current}
        disabled={going}
        onChange={event => void go(event.currentTarget.value)}
      >
        {ownWorkspaces.map(({ id, switchId, name }) => (
          <option key={id} value={switchId}>
            {name}
          </option>
        ))}
      </select>
      {failed && <span role="alert">{t.navigation.workspaceRefused}</span>}
    </span>
  )
}
