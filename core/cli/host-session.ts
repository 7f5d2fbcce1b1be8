import { readConfig } from '../config.ts'
import { type ErrorCode, TraeError } from '../errors.ts'
import { readCliToken, readHostFile, writeCliToken } from './host-file.ts'
import { openPrompt, someoneThere } from './prompt.ts'

/** A running host and who we are there. */
export interface HostSession {
  readonly url: string
  /** The header that says who asks. */
  readonly headers: Readonly<Record<string, string>>
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/**
 * Finds the running host and signs in: at TRAE_URL, else the one of this data directory. By TRAE_API_KEY, else as TRAE_EMAIL with TRAE_PASSWORD,
 * else with the token that `trae start` left for this machine, else as the owner of the environment, else by asking.
 * Throws `UNAVAILABLE` when nothing answers, `UNAUTHENTICATED` when nobody can be asked.
 */
export async function openSession(env: NodeJS.ProcessEnv = process.env): Promise<HostSession> {
  const { dataDir, port, host } = readConfig(env)
  const local = env['TRAE_URL'] === undefined
  const url =
    env['TRAE_URL']?.replace(/\/$/, '') ??
    readHostFile(dataDir)?.url ??
    `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`

  if (env['TRAE_API_KEY']) return { url, headers: { 'x-api-key': env['TRAE_API_KEY'] } }
  if (env['TRAE_EMAIL'] && env['TRAE_PASSWORD'])
    return session(url, await signIn(url, env['TRAE_EMAIL'], env['TRAE_PASSWORD']))
  const token = local ? readCliToken(dataDir) : undefined
  const renewed = token === undefined ? undefined : await renew(url, token)
  if (renewed) {
    writeCliToken(dataDir, renewed.refreshToken)
    return session(url, renewed)
  }
  if (env['TRAE_OWNER_EMAIL'] && env['TRAE_OWNER_PASSWORD'])
    return session(url, await signIn(url, env['TRAE_OWNER_EMAIL'], env['TRAE_OWNER_PASSWORD']))
  const { email, password } = await ask(url)
  const tokens = await signIn(url, email, password)
  if (local) writeCliToken(dataDir, tokens.refreshToken)
  return session(url, tokens)
}

const session = (url: string, { accessToken }: Tokens): HostSession => ({
  url,
  headers: { authorization: `Bearer ${accessToken}` },
})

/** Throws `UNAUTHENTICATED`, `RATE_LIMITED`, `UNAVAILABLE`. */
export function signIn(url: string, email: string, password: string): Promise<Tokens> {
  return tokens(url, '/auth/login', { email, password })
}

async function renew(url: string, refreshToken: string): Promise<Tokens | undefined> {
  try {
    return await tokens(url, '/auth/refresh', { refresh_token: refreshToken })
  } catch (error) {
    if (error instanceof TraeError && error.code === 'UNAUTHENTICATED') return undefined // ended: sign in again
    throw error
  }
}

async function tokens(url: string, path: string, body: unknown): Promise<Tokens> {
  const response = await reach(url, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json().catch(() => ({}))) as Record<string, string>
  if (!response.ok)
    throw new TraeError(
      (answer['code'] as ErrorCode) ?? 'UNAVAILABLE',
      answer['detail'] ?? `${url}${path} answered ${response.status}.`,
    )
  return { accessToken: answer['access_token']!, refreshToken: answer['refresh_token']! }
}

/** `fetch`, with a sentence where nothing answers. */
export async function reach(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new TraeError(
      'UNAVAILABLE',
      `No TRAE OS answers at ${url}. Start it with npm start, or set TRAE_URL to where it runs.`,
      { cause },
    )
  }
}

async function ask(url: string): Promise<{ email: string; password: string }> {
  if (!someoneThere())
    throw new TraeError('UNAUTHENTICATED', `${url} wants to know who asks. Set TRAE_EMAIL and TRAE_PASSWORD.`)
  process.stderr.write(`Sign in at ${url}\n`)
  const prompt = openPrompt()
  try {
    return { email: await prompt.question('E-mail: '), password: await prompt.secret('Password: ') }
  } finally {
    prompt.close()
  }
}
