import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../../config.ts'
import { isAlive, readHostFile } from '../host-file.ts'
import type { Finding } from './finding.ts'

/** Is there a place for files, may we write there, and who has it now? */
export function checkDataDirectory({ dataDir }: Config): Finding {
  const name = 'data'
  const nearest = existing(dataDir)
  if (!statSync(nearest).isDirectory())
    return { name, status: 'fail', message: `${nearest} is not a directory`, todo: 'Set TRAE_DATA_DIR to one.' }
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK)
  } catch {
    return {
      name,
      status: 'fail',
      message: `${nearest} cannot be written by this user`,
      todo: 'Change its owner, or set TRAE_DATA_DIR to another directory.',
    }
  }
  if (nearest !== dataDir) return { name, status: 'ok', message: `${dataDir} will be made at the first start` }
  const holder = lockHolder(dataDir)
  if (holder === undefined) return { name, status: 'ok', message: `${dataDir} is writable, and in nobody's use` }
  const host = readHostFile(dataDir)
  return {
    name,
    status: 'ok',
    message: `${dataDir} is in use by the TRAE OS of process ${holder}${host ? ` at ${host.url}` : ''}`,
  }
}

function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path))
}

/** The living process whose lock is in the data directory. */
export function lockHolder(dataDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0])
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}
