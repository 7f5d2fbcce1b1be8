import { Ajv2020 } from 'ajv/dist/2020.js'
import { default as formats } from 'ajv-formats'

interface Document {
  readonly paths: Record<string, Record<string, Operation>>
}
interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>
}

/** What an answer of the running server says that the document does not; empty where it is as described, or not described at all. */
export function openApiChecker(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ;(formats as unknown as (ajv: Ajv2020) => void)(ajv)
  ajv.addSchema({ $id: 'openapi', ...document })
  const paths = Object.keys(document.paths).map(path => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))
  return (method: string, url: string, answer: { status: number; headers: Headers; json: unknown }): string[] => {
    const path = paths.find(({ pattern }) => pattern.test(url.split('?')[0]!))?.path
    const operation = path && document.paths[path]![method.toLowerCase()]
    if (!operation) return []
    const status = operation.responses[answer.status] ? String(answer.status) : 'default'
    if (status === 'default' && answer.status < 400) return [`${answer.status} is not described`]
    const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
    const { content } = operation.responses[status]!
    if (!content) return answer.json === undefined ? [] : [`${answer.status} has a body`]
    if (!content[type]) return [`${type} is not described for ${answer.status}`]
    const pointer = ['paths', path, method.toLowerCase(), 'responses', status, 'content', type, 'schema']
    const place = pointer.map(part => encodeURIComponent(part!.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    const validate = ajv.getSchema(`openapi#/${place}`)!
    return validate(answer.json) ? [] : validate.errors!.map(error => `${error.instancePath} ${error.message}`)
  }
}
