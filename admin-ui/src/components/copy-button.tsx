import { Button } from '@mantine/core'
import { useState } from 'react'
import { useLanguage } from '../i18n/messages.tsx'
import { Icon } from './icon.tsx'

export function CopyButton({
  text,
  label,
  variant = 'default',
}: {
  text: string
  label?: string
  variant?: 'default' | 'filled' | 'subtle'
}) {
  const { t } = useLanguage()
  const [copied, setCopied] = useState(false)
  const copy = () => {
    void writeClipboard(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 1800)
    })
  }
  return (
    <Button
      size="xs"
      variant={variant}
      onClick={copy}
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
    >
      <span aria-live="polite">{copied ? t.common.copied : (label ?? t.common.copy)}</span>
    </Button>
  )
}

/** The clipboard interface exists only in secure contexts; a host on a local network over http has the older way. */
async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
