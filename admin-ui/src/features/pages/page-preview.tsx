import { useEffect, useRef, useState } from 'react'
import { useMutation } from 'urql'
import type { LandingContent } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Choice } from '../../components/filter-bar.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { PREVIEW_PAGE } from './page-operations.ts'
import styles from './pages.module.css'

const PAUSE_MS = 350
const WIDTHS = { wide: 1180, narrow: 390 } as const

/** The page as the host would send it, made anew while a person types. */
export function PagePreview({ content }: { content: LandingContent }) {
  const { t } = useLanguage()
  const [size, setSize] = useState<keyof typeof WIDTHS>('narrow')
  const [html, setHtml] = useState<string>()
  const [wrong, setWrong] = useState(false)
  const [, preview] = useMutation(PREVIEW_PAGE)
  const key = JSON.stringify(content)
  const asked = useRef(0)
  useEffect(() => {
    const number = ++asked.current
    const timer = setTimeout(
      () =>
        void preview({ input: { content: JSON.parse(key) } }).then(({ data }) => {
          if (number !== asked.current) return // what was typed since has its own answer
          if (data?.landingPagePreview.html) setHtml(data.landingPagePreview.html)
          setWrong((data?.landingPagePreview.userErrors.length ?? 0) > 0)
        }),
      html === undefined ? 0 : PAUSE_MS,
    )
    return () => clearTimeout(timer)
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key, preview])

  const frame = useRef<HTMLDivElement>(null)
  const [scale, setScale] = useState(1)
  useEffect(() => {
    if (!frame.current) return
    const watch = new ResizeObserver(([entry]) => setScale(Math.min(1, (entry?.contentRect.width ?? 1) / WIDTHS[size])))
    watch.observe(frame.current)
    return () => watch.disconnect()
  }, [size])

  return (
    <Card
      title={t.pages.preview}
      aside={
        <Choice
          label={t.pages.preview}
          all={t.pages.narrow}
          values={{ wide: t.pages.wide }}
          value={size === 'wide' ? 'wide' : ''}
          onChange={value => setSize(value === 'wide' ? 'wide' : 'narrow')}
        />
      }
    >
      {wrong && <p className={styles.dim}>{t.pages.previewProblem}</p>}
      <div ref={frame} className={styles.frame}>
        <iframe
          title={t.pages.preview}
          sandbox=""
          srcDoc={html ?? ''}
          ref={element => {
            element?.style.setProperty('width', `${WIDTHS[size]}px`)
            element?.style.setProperty('transform', `scale(${scale})`)
            element?.style.setProperty('height', `${Math.round(640 / scale)}px`)
          }}
        />
      </div>
    </Card>
  )
}
