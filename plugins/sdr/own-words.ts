/**
 * What the sender wrote this time: without the quoted message, which is our own and full of words like "conversar",
 * and without the signature. Knows the forms of the usual mail programs in Portuguese and English.
 */
export function ownWords(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const end = lines.findIndex((line, index) =>
    QUOTE_STARTS.some(form => form.test(line) || form.test(`${line} ${lines[index + 1] ?? ''}`)),
  )
  return (end === -1 ? lines : lines.slice(0, end))
    .filter(line => !line.startsWith('>'))
    .join('\n')
    .trim()
}

const QUOTE_STARTS: readonly RegExp[] = [
  /^\s*(Em|No dia)\s.{6,160}(escreveu|escreveram):?\s*$/i,
  /^\s*On\s.{6,160}\swrote:?\s*$/i,
  /^\s*-{2,}\s*(Mensagem original|Original Message|Mensagem encaminhada|Forwarded message)\s*-{2,}/i,
  /^\s*(De|From):\s.+@.+/i,
  /^_{10,}\s*$/,
  /^--\s*$/, // RFC 3676 signature separator; mailers strip its trailing space
  /^\s*(Enviado do meu|Sent from my)\s/i,
]
