import { type messages, type PGlite, protocol } from '@electric-sql/pglite'
import type { Statement } from '../sql.ts'

interface Prepared {
  readonly text: string
  /** How each parameter becomes text; undefined: as it is. */
  readonly serializers: readonly (((value: unknown) => string) | undefined)[]
  readonly columns: readonly { readonly name: string; readonly parse: ((text: string) => unknown) | undefined }[]
}

const { serialize } = protocol
const SYNC = serialize.sync()

/**
 * Statements of an embedded database that are parsed once under their name, as `pg` does for Postgres; planning is most
 * of what a small statement costs there. Speaks the extended query protocol, one message a call:
 * https://www.postgresql.org/docs/17/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY. One call at a time: the caller holds
 * the session.
 */
export class PreparedStatements {
  readonly #pglite: PGlite
  readonly #known = new Map<string, Prepared>()

  constructor(pglite: PGlite) {
    this.#pglite = pglite
  }

  /** Rows of one execution, by the parsers of PGlite. Throws its `DatabaseError`. */
  async execute<Row>(
    { name, text }: Statement,
    parameters: readonly unknown[],
    inTransaction: boolean,
  ): Promise<Row[]> {
    const prepared = this.#known.get(name) ?? (await this.#prepare(name, text))
    if (prepared.text !== text) throw new Error(`Two statements have the name ${name}.`)
    const values = parameters.map((value, at) => {
      if (value === null || value === undefined) return null
      const write = prepared.serializers[at]
      return write ? write(value) : String(value)
    })
    const answer = await this.#send(
      [serialize.bind({ statement: name, values }), serialize.execute({}), SYNC],
      !inTransaction,
    )
    const rows: Row[] = []
    for (const message of answer) {
      if (message.name === 'dataRow') rows.push(read(message as messages.DataRowMessage, prepared) as Row)
    }
    return rows
  }

  async #prepare(name: string, text: string): Promise<Prepared> {
    const answer = await this.#send(
      [serialize.parse({ name, text }), serialize.describe({ type: 'S', name }), SYNC],
      false,
    )
    const parameters = find<messages.ParameterDescriptionMessage>(answer, 'parameterDescription')
    const row = find<messages.RowDescriptionMessage>(answer, 'rowDescription')
    const prepared = {
      text,
      serializers: (parameters?.dataTypeIDs ?? []).map(type => this.#pglite.serializers[type]),
      columns: (row?.fields ?? []).map(field => ({
        name: field.name,
        parse: this.#pglite.parsers[field.dataTypeID] as ((text: string) => unknown) | undefined,
      })),
    }
    if (name !== '') this.#known.set(name, prepared) // the unnamed statement is another one each time
    return prepared
  }

  #send(parts: readonly Uint8Array[], syncToFs: boolean): Promise<messages.BackendMessage[]> {
    return this.#pglite.execProtocolStream(Buffer.concat(parts), { syncToFs })
  }
}

function read({ fields }: messages.DataRowMessage, { columns }: Prepared): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  columns.forEach(({ name, parse }, at) => {
    const field = fields[at] as string | null
    row[name] = field === null || !parse ? field : parse(field)
  })
  return row
}

const find = <Message>(answer: readonly messages.BackendMessage[], name: string) =>
  answer.find(message => message.name === name) as Message | undefined
