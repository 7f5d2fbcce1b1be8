import type { Finding } from './finding.ts'

export function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const message = `${process.version}, ${process.platform} ${process.arch}`
  if (major < 24 || (major === 24 && minor < 12))
    return { name: 'node', status: 'fail', message, todo: 'TRAE OS needs Node 24.12 or later; npm ci brings one.' }
  if (major % 2 === 1)
    return {
      name: 'node',
      status: 'warn',
      message,
      todo: 'Odd versions of Node are short-lived and may lack a build of the sandbox engine; use 24.',
    }
  return { name: 'node', status: 'ok', message }
}
