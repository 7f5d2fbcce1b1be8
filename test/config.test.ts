import { expect, test } from 'vitest'
import { readConfig } from '../core/config.ts'

const complaint = (env: Record<string, string>) => {
  try {
    readConfig(env)
  } catch (error) {
    return error as Error & { code: string }
  }
  throw new Error('nothing was wrong with it')
}

test('nothing need be set', () => {
  expect(readConfig({})).toMatchObject({
    port: 8000,
    host: '127.0.0.1',
    databaseUrl: undefined,
    production: false,
    leaseMs: 15_000,
  })
  expect(readConfig({ TRAE_PORT: '' }).port).toBe(8000)
})

test('every variable that is wrong is named, with what was found; secrets are not repeated', () => {
  const error = complaint({
    TRAE_PORT: 'abc',
    TRAE_LOG_LEVEL: 'loud',
    TRAE_OWNER_PASSWORD: 'short',
    TRAE_ENCRYPTION_KEY: 'xyz',
    DATABASE_URL: 'mysql://u:s3cret@h/d',
  })
  expect(error.code).toBe('CONFIG')
  for (const part of [
    'TRAE_PORT: must be a port',
    '"abc"',
    'TRAE_LOG_LEVEL',
    '"loud"',
    'TRAE_OWNER_PASSWORD',
    'TRAE_ENCRYPTION_KEY: must be 64',
    'DATABASE_URL',
  ])
    expect(error.message).toContain(part)
  for (const secret of ['short', 'xyz', 's3cret']) expect(error.message).not.toContain(secret)
})

test('a variable that is written wrong is refused with what was meant; those of others are left alone', () => {
  expect(complaint({ TRAE_PROT: '9000' }).message).toContain(
    'TRAE_PROT is no variable of TRAE OS; did you mean TRAE_PORT?',
  )
  expect(complaint({ DATABASE_ULR: 'x' }).message).toContain('did you mean DATABASE_URL?')
  expect(
    readConfig({
      TRAE_URL: 'http://x',
      TRAE_PASSWORD: 'x',
      TRAEFIK_PORT: '1',
      DATABASE_POOL_SIZE: '5',
      TRAE_DATASETS: '/data',
    }).port,
  ).toBe(8000)
})
