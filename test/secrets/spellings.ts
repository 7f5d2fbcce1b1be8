/** A secret as it may stand somewhere: as it is, as JSON, percent-encoding, base64 at any offset, base64url or hexadecimal write it. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const whole = (length: number) => Math.floor(length / 3) * 3
  const base64 = [0, 1, 2].map(skip => bytes.subarray(skip, skip + whole(bytes.length - skip)).toString('base64'))
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      ...base64,
      ...base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_')),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
    ]),
  ]
}

/** The names of the secrets that a text holds in any spelling. */
export function leaks(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const found = spellings(secret).find(spelling => text.includes(spelling))
    if (found === undefined) return []
    const at = text.indexOf(found)
    return [`${name}: …${text.slice(Math.max(0, at - 80), at)}[HERE]`]
  })
}
