import { Button, Textarea } from '@mantine/core'
import type { LandingContent } from '../../api/schema.ts'
import { useLanguage } from '../../i18n/messages.tsx'

export interface EditorProps {
  readonly content: LandingContent
  readonly change: (patch: Partial<LandingContent>) => void
  /** By the path into the content, as fields.2.key. */
  readonly problems: Readonly<Record<string, string>>
  /** Keys of the fields that the host has. */
  readonly stored: ReadonlySet<string>
}

/** A list of texts, one a line. */
export function Lines({
  label,
  placeholder,
  value,
  error,
  onChange,
}: {
  label: string
  placeholder?: string
  value: readonly string[]
  error: string | undefined
  onChange: (value: readonly string[]) => void
}) {
  const { t } = useLanguage()
  return (
    <Textarea
      label={label}
      description={t.pages.oneALine}
      autosize
      minRows={2}
      {...(placeholder ? { placeholder } : {})}
      value={value.join('\n')}
      error={error}
      onChange={event => onChange(event.currentTarget.value === '' ? [] : event.currentTarget.value.split('\n'))}
    />
  )
}

export function MoveButtons({ index, count, move }: { index: number; count: number; move: (by: -1 | 1) => void }) {
  const { t } = useLanguage()
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        disabled={index === 0}
        onClick={() => move(-1)}
        aria-label={t.pages.up}
      >
        ↑
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        disabled={index === count - 1}
        onClick={() => move(1)}
        aria-label={t.pages.down}
      >
        ↓
      </Button>
    </>
  )
}
