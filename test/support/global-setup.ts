import { buildParts } from '../../core/cli/build-parts.ts'
import { createTemplate, type TestDatabase } from './database.ts'
import { findPostgres } from './postgres-server.ts'

/** Once for the whole run: what `npm run build` makes, where it is missing or old, a Postgres to test against, and a database in it to copy. */
export default async function setUp(): Promise<() => Promise<void>> {
  await buildParts()
  const postgres = await findPostgres()
  let template: TestDatabase | undefined
  if (!postgres)
    process.stderr.write(
      '\nNO POSTGRES: none is named by TRAE_TEST_POSTGRES, none answers at 127.0.0.1:5432, and none is installed to start.\nEvery test that needs it will fail. Start one, install one, or set TRAE_TEST_POSTGRES.\n\n',
    )
  else {
    process.env['TRAE_TEST_POSTGRES'] = postgres.url
    template = await createTemplate()
  }
  return async () => {
    await template?.drop()
    await postgres?.stop()
  }
}
