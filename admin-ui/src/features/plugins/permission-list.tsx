import type { PermissionKind, PluginPermission } from '../../api/schema.ts'
import { Nothing } from '../../components/empty.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './plugins.module.css'

/** Permissions in plain words, with the author's reasons. `added` are those that are more than before. */
export function PermissionList({
  permissions,
  added = [],
}: {
  permissions: readonly PluginPermission[]
  added?: readonly PluginPermission[]
}) {
  const { t } = useLanguage()
  if (permissions.length === 0) return <Nothing>{t.plugins.noPermissions}</Nothing>
  const more = new Set(added.map(keyOf))
  return (
    <ul className={styles.permissions}>
      {permissions.map(permission => (
        <li key={keyOf(permission)}>
          <span className={styles.kind} title={t.plugins.kinds[permission.kind]}>
            <Icon name={ICONS[permission.kind]} size={16} />
          </span>
          <div>
            <p className={styles.sentence}>
              {permission.sentence}
              {more.has(keyOf(permission)) && <span className={styles.added}>{t.plugins.added}</span>}
            </p>
            <p className={styles.dim}>{permission.reason}</p>
          </div>
          <code>{permission.value}</code>
        </li>
      ))}
    </ul>
  )
}

const keyOf = ({ kind, value }: PluginPermission) => `${kind} ${value}`

const ICONS: Record<PermissionKind, IconName> = {
  HOST: 'signal',
  RECORD: 'leads',
  EVENT: 'spark',
  STORAGE: 'inbox',
  CREDENTIAL: 'key',
  LLM: 'brain',
  MEMORY: 'note',
  SCHEDULE: 'clock',
}
