import { randomFillSync } from 'node:crypto'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type WorkspaceId = Branded<'Workspace'>
export type UserId = Branded<'User'>
export type LeadId = Branded<'Lead'>
export type EventId = Branded<'Event'>
export type PlaybookId = Branded<'Playbook'>
export type PlaybookVersionId = Branded<'PlaybookVersion'>
export type RunId = Branded<'Run'>
export type InstallationId = Branded<'Installation'>
export type MessageId = Branded<'Message'>
export type MeetingId = Branded<'Meeting'>

let last = 0
let counter = 0
/** Random bytes, drawn 256 ids at a time: each draw is a call into the kernel. */
const pool = Buffer.alloc(4096)
let drawn = pool.length

function randomBytes(length: number): Buffer {
  if (drawn + length > pool.length) {
    randomFillSync(pool)
    drawn = 0
  }
  const bytes = Buffer.from(pool.subarray(drawn, drawn + length))
  drawn += length
  return bytes
}

/**
 * A UUID version 7 (RFC 9562): sorts by time of creation, also within one millisecond of this process
 * (the 12 bits of `rand_a` count up), so that a key set index is also an order of arrival.
 */
export function newId<Id extends string = string>(now: number = Date.now()): Id {
  if (now > last) {
    last = now
    counter = randomBytes(2).readUInt16BE() & 0x3ff // room to count up within the millisecond
  } else if (++counter > 0xfff) {
    last++ // borrowed from the next millisecond: still ordered
    counter = 0
  }
  const bytes = randomBytes(16)
  bytes.writeUIntBE(last, 0, 6)
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isId(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text)
}
