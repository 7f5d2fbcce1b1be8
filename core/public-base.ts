/** Where people reach this host, without a slash at the end: its public address, else this machine. */
export function publicBase({
  publicUrl,
  host,
  port,
}: {
  readonly publicUrl: string | undefined
  readonly host: string
  readonly port: number
}): string {
  return publicUrl ?? `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`
}
