import { Button } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { PageDetails } from './page-operations.ts'
import styles from './pages.module.css'

/** Where the page is, how it does, and what it said before. */
export function PageFacts({
  page,
  unsaved,
  onRestore,
}: {
  page: PageDetails
  unsaved: boolean
  onRestore: (version: number) => void
}) {
  const { t, format } = useLanguage()
  const address = `${location.origin}/p/${page.slug}`
  const { seen, submitted, leads, qualified } = page.figures
  const figures = { seen, submitted, leads, qualified }
  return (
    <>
      <Card title={t.pages.figures}>
        <dl className={styles.figures}>
          {(Object.keys(figures) as (keyof typeof figures)[]).map(name => (
            <div key={name}>
              <dt>{t.pages[name]}</dt>
              <dd>{format.number(figures[name])}</dd>
            </div>
          ))}
        </dl>
        <p className={styles.dim}>{t.pages.figuresNote}</p>
      </Card>
      {page.status === 'PUBLISHED' && (
        <Card title={page.version === null ? t.pages.publish : t.pages.published(page.version)}>
          <div className={styles.links}>
            <Button
              component="a"
              href={`/p/${page.slug}`}
              target="_blank"
              rel="noreferrer"
              size="xs"
              rightSection={<Icon name="external" size={14} />}
            >
              {t.pages.open}
            </Button>
            <CopyButton text={address} label={t.pages.copyAddress} />
            {page.content.embedOrigins.length > 0 && (
              <CopyButton
                text={`<iframe src="${address}/embed" title="${page.content.formTitle.replaceAll('"', '&quot;')}" width="100%" height="760" style="border:0"></iframe>`}
                label={t.pages.copyEmbed}
              />
            )}
          </div>
          {page.changed && <p className={styles.dim}>{t.pages.differs}</p>}
        </Card>
      )}
      <Card title={t.pages.versions}>
        {page.versions.length === 0 && <Nothing>{t.pages.noVersions}</Nothing>}
        <ul className={styles.versions}>
          {page.versions.map(({ version, publishedAt, content }) => (
            <li key={version}>
              <span>
                <strong>{t.pages.version(version)}</strong> · <Time at={publishedAt} />
                <small>{content.headline}</small>
              </span>
              <Button size="compact-xs" variant="default" disabled={unsaved} onClick={() => onRestore(version)}>
                {t.pages.restore}
              </Button>
            </li>
          ))}
        </ul>
      </Card>
    </>
  )
}
