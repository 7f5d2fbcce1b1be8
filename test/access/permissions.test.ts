import { expect, it } from 'vitest'
import { ROLES } from '../../core/access/role.ts'
import { may, type Permission, PERMISSIONS, scopeOf } from '../../core/access/permissions.ts'

/** docs/permissions.md, made from the table that the program asks. `npx vitest run test/access/permissions.test.ts -u` writes it anew. */
it('the table of permissions in the docs is the one of the program', async () => {
  const rows = (Object.keys(PERMISSIONS) as Permission[]).sort().map(permission => {
    const roles = ROLES.map(role => (may(role, permission) ? 'yes' : ''))
    return `| \`${permission}\` | ${roles.join(' | ')} | ${scopeOf(permission) ?? 'people only'} |`
  })
  const page = [
    '# Who may do what',
    '',
    'Everything that is not in this table is denied. Each field of the GraphQL schema and each REST endpoint says which permission it',
    'needs. An API key does what its scope names, and never more than the role of who made it.',
    '',
    `| permission | ${ROLES.join(' | ')} | scope of an API key |`,
    `| --- | ${ROLES.map(() => '---').join(' | ')} | --- |`,
    ...rows,
    '',
  ].join('\n')
  await expect(page).toMatchFileSnapshot('../../docs/permissions.md')
})
