import type { ReactNode } from 'react'
import type { Diagnostic } from '../../api/schema.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './playbook.module.css'

/** YAML with line numbers; findings stand under the lines they are about. */
export function Source({ text, diagnostics }: { text: string; diagnostics: readonly Diagnostic[] }) {
  const { t } = useLanguage()
  const byLine = Map.groupBy(diagnostics, diagnostic => diagnostic.line)
  return (
    <div className={styles.source} tabIndex={0} role="region" aria-label={t.playbooks.source}>
      <ol>
        {text
          .trimEnd()
          .split('\n')
          .map((line, index) => {
            const findings = byLine.get(index + 1)
            return (
              <li key={index} id={`L${index + 1}`} data-severity={findings?.[0]?.severity}>
                <span className={styles.number} aria-hidden="true">
                  {index + 1}
                </span>
                <code>{line === '' ? '\n' : colour(line)}</code>
                {findings?.map((finding, index) => (
                  <p key={index} className={styles.inline}>
                    {finding.message}
                  </p>
                ))}
              </li>
            )
          })}
      </ol>
    </div>
  )
}

const PARTS =
  /(?<comment>(?:^|\s)#.*$)|(?<expression>\$\{\{.*?\}\})|(?<key>^\s*(?:- )*[\w.-]+(?=:(?:\s|$)))|(?<text>"[^"]*"|'[^']*')/g

/** Enough colour to see keys, expressions, texts and comments apart; not a parser. */
function colour(line: string): ReactNode[] {
  const parts: ReactNode[] = []
  let end = 0
  for (const match of line.matchAll(PARTS)) {
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0] ?? ''
    parts.push(line.slice(end, match.index))
    parts.push(
      <span key={match.index} data-part={kind}>
        {match[0]}
      </span>,
    )
    end = match.index + match[0].length
  }
  parts.push(line.slice(end))
  return parts
}
