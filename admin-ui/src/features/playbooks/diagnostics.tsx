import type { Diagnostic } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Icon } from '../../components/icon.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './playbook.module.css'

/** Every finding, each leading to its line: in the editor where there is one, else in the text of the page. */
export function Diagnostics({
  diagnostics,
  onJump,
}: {
  diagnostics: readonly Diagnostic[]
  onJump?: (line: number) => void
}) {
  const { t } = useLanguage()
  return (
    <Card title={t.playbooks.diagnostics}>
      {diagnostics.length === 0 && (
        <p className={styles.clean}>
          <Icon name="check" size={16} /> {t.playbooks.clean}
        </p>
      )}
      <ul className={styles.findings}>
        {diagnostics.map((finding, index) => (
          <li key={index} data-severity={finding.severity}>
            <p>
              <a
                href={`#L${finding.line}`}
                onClick={event => {
                  if (!onJump) return
                  event.preventDefault()
                  onJump(finding.line)
                }}
              >
                {t.playbooks.line(finding.line)}
              </a>
              <span className={styles.severity}>{t.playbooks.severities[finding.severity]}</span>
            </p>
            <p>{finding.message}</p>
            {finding.suggestion && <p className={styles.dim}>{t.playbooks.suggestion(finding.suggestion)}</p>}
            <code className={styles.dim}>{finding.code}</code>
          </li>
        ))}
      </ul>
    </Card>
  )
}
