import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDataDirectory } from '../../core/adapters/data-directory.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trae-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Tries to lock the directory from another process; answers what it printed. */
function lockElsewhere(): string {
  const script = `import { lockDataDirectory } from ${JSON.stringify(join(import.meta.dirname, '../../core/adapters/data-directory.ts'))}
    try { await lockDataDirectory(${JSON.stringify(directory)}); console.log('locked') } catch (error) { console.log(error.code, error.message) }`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout.trim()
}

test('a second process is refused while the first lives, and told which one it is and what to do', async () => {
  const unlock = await lockDataDirectory(directory)
  expect(lockElsewhere()).toBe(
    `CONFIG The data directory ${directory} is in use by another TRAE OS (process ${process.pid}). Stop that one, or set TRAE_DATA_DIR to another directory.`,
  )
  unlock()
  expect(lockElsewhere()).toBe('locked')
})

test('the lock of a process that is gone is taken over, also when its pid was given to somebody else', async () => {
  expect(lockElsewhere()).toBe('locked') // and exited without giving it back
  ;(await lockDataDirectory(directory))()
  writeFileSync(join(directory, 'lock'), `${process.ppid} 1\n`) // alive, but started at another time
  await lockDataDirectory(directory)
  expect(readFileSync(join(directory, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
})

test('a directory that cannot be made is named', async () => {
  writeFileSync(join(directory, 'file'), '')
  await expect(lockDataDirectory(join(directory, 'file', 'data'))).rejects.toThrow(/cannot be made.*TRAE_DATA_DIR/)
})

test('a start waits a moment for a process that was killed just now', async () => {
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
  writeFileSync(join(directory, 'lock'), `${holder.pid} \n`)
  const locking = lockDataDirectory(directory)
  setTimeout(() => holder.kill('SIGKILL'), 300)
  await locking
  expect(readFileSync(join(directory, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
})
