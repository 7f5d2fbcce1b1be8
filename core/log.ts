import { pino, type Logger } from 'pino'

export type Log = Logger
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** One JSON object per line on stderr: stdout belongs to what the person asked for. Keys that smell of secrets are masked. */
export function createLog(level: LogLevel, base: Record<string, unknown> = {}): Log {
  return pino(
    {
      level,
      base: { service: 'trae-os', ...base },
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label.toUpperCase() }) },
      redact: {
        paths: [
          'password',
          'secret',
          'token',
          'authorization',
          'cookie',
          'apiKey',
          'access_token',
          'refresh_token',
        ].flatMap(key => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[masked]',
      },
    },
    pino.destination({ fd: 2, sync: false }),
  )
}
