import { PluginError } from 'trae-os/sdk'

/** Minutes of `30m`, `1h` or ISO 8601 `PT1H30M`: 5 minutes to 8 hours, in whole minutes. Throws `VALIDATION`. */
export function parseMinutes(duration: string): number {
  const [, short, unit, hours, minutes] = /^(?:(\d{1,4})([mh])|PT(?:(\d{1,2})H)?(?:(\d{1,4})M)?)$/.exec(duration) ?? []
  const total =
    short === undefined ? Number(hours ?? 0) * 60 + Number(minutes ?? 0) : Number(short) * (unit === 'h' ? 60 : 1)
  if (total >= 5 && total <= 8 * 60) return total
  throw new PluginError(
    'VALIDATION',
    `A meeting cannot last ${JSON.stringify(duration)}: write 5 minutes to 8 hours as 30m, 1h or PT45M.`,
  )
}
