/**
 * Payloads of a subscription, of which several may come at once. To GraphQL they come one after the other; who can do with
 * more (`subscribeShared`) takes `pieces`, of this or of the same object never both.
 */
export class Pieces<Payload> implements AsyncIterable<Payload> {
  readonly pieces: AsyncIterator<readonly Payload[]>

  constructor(pieces: AsyncIterator<readonly Payload[]>) {
    this.pieces = pieces
  }

  [Symbol.asyncIterator](): AsyncIterator<Payload> {
    let piece: readonly Payload[] = []
    let at = 0
    return {
      next: async () => {
        while (at === piece.length) {
          const { value, done } = await this.pieces.next()
          if (done) return { value: undefined, done }
          ;[piece, at] = [value, 0]
        }
        return { value: piece[at++]!, done: false }
      },
      return: async () => {
        await this.pieces.return?.()
        return { value: undefined, done: true }
      },
    }
  }
}

/** The pieces of whatever a subscription yields: of a source that knows none, each payload is one. */
export function piecesOf<Payload>(source: AsyncIterable<Payload>): AsyncIterator<readonly Payload[]> {
  if (source instanceof Pieces) return source.pieces
  const each = source[Symbol.asyncIterator]()
  return {
    next: async () => {
      const { value, done } = await each.next()
      return done ? { value: undefined, done } : { value: [value], done: false }
    },
    return: async () => {
      await each.return?.()
      return { value: undefined, done: true }
    },
  }
}
