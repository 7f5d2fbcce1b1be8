import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiDescription, apiOf } from '../../core/testing/open-api.ts'

/** Holds requests against `test/specs/<name>.json`, the vendor's own description of its API. */
export const readApi = (name: string) =>
  apiOf(JSON.parse(readFileSync(join(import.meta.dirname, '../specs', `${name}.json`), 'utf8')) as ApiDescription)
