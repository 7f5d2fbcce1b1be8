import { useList } from '../../api/use-list.ts'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { PLUGINS, type PluginRow } from './plugin-operations.ts'
import styles from './plugins.module.css'

export function PluginsPage() {
  const { t } = useLanguage()
  const plugins = useList(PLUGINS, {})
  return (
    <Page title={t.plugins.title} subtitle={t.plugins.subtitle}>
      {plugins.error && <Failure error={plugins.error} onRetry={plugins.reload} />}
      {!plugins.data && !plugins.error && <RowsSkeleton />}
      {plugins.data && plugins.nodes.length === 0 && (
        <Empty icon="plugins" title={t.plugins.emptyTitle} text={t.plugins.emptyText} />
      )}
      <ul className={styles.grid}>
        {plugins.nodes.map(plugin => (
          <li key={plugin.id}>
            <PluginCard plugin={plugin} />
          </li>
        ))}
      </ul>
      {plugins.hasMore && <MoreButton list={plugins} />}
    </Page>
  )
}

function PluginCard({ plugin }: { plugin: PluginRow }) {
  const { t } = useLanguage()
  return (
    <Link to={`/plugins/${encodeURIComponent(plugin.id)}`} className={styles.card}>
      <span className={styles.cardHead}>
        <strong>{plugin.title}</strong>
        <Status tone={plugin.status === 'ENABLED' ? 'good' : 'quiet'} label={t.plugins.statuses[plugin.status]} />
      </span>
      <span className={styles.id}>
        <code>{plugin.pluginId}</code> {t.plugins.version(plugin.version)}
      </span>
      <span className={styles.description}>{plugin.description}</span>
      <span className={styles.counts}>
        {[
          t.plugins.count(plugin.actions.length),
          t.plugins.permissionCount(plugin.permissions.length),
          ...plugin.provides.map(service => t.plugins.providesText(service)),
        ].join(' · ')}
      </span>
    </Link>
  )
}
