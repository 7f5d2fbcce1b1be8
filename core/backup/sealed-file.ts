/**
 * A backup as a file:
 *
 *   TRAE BACKUP 1\n | length of the header, 4 bytes | header, JSON | chunks
 *
 * A chunk is AES-256-GCM over 1 MiB (the last one: over what is left), its tag behind it. This is STREAM
 * (https://eprint.iacr.org/2015/189) as age has it (https://age-encryption.org/v1): nonce and additional data are the number of the chunk
 * and whether it is the last, so a file that was cut, reordered, or to which something was added does not open. The key is
 * derived from a random salt and the header, for this file alone: no nonce is ever used twice, and no header fits that was changed.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { TraeError } from '../errors.ts'
import type { BackupKeys } from './backup-key.ts'

/** What can be read of a backup without its key. */
export const backupHeader = z.strictObject({
  format: z.literal(1),
  keyId: z.string(),
  /** 32 bytes, base64. */
  salt: z.base64(),
  /** Version of TRAE OS. */
  program: z.string(),
  takenAt: z.iso.datetime(),
  /** All that the database had, by name. */
  migrations: z.array(z.string()),
  /** Ids of the keys of TRAE_ENCRYPTION_KEY that sealed what is in it. */
  encryptionKeys: z.array(z.string()),
  /** Vectors of the memory are not in it, or not all: they are made again. */
  vectorsElsewhere: z.boolean(),
})
export type BackupHeader = z.output<typeof backupHeader>

const MAGIC = Buffer.from('TRAE BACKUP 1\n')
const CHUNK = 1024 * 1024
const TAG = 16
const MOST_HEADER = 1024 * 1024

/** The bytes of the file, from what is to be sealed. */
export async function* seal(
  keys: BackupKeys,
  header: Omit<BackupHeader, 'format' | 'keyId' | 'salt'>,
  plain: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(32)
  const keyId = keys.ids[0]!
  const full = { format: 1, keyId, salt: salt.toString('base64'), ...header } satisfies BackupHeader
  const text = Buffer.from(JSON.stringify(full))
  const key = keys.fileKey(keyId, salt, text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  yield Buffer.concat([MAGIC, length, text])
  let number = 0
  for await (const { bytes, last } of inChunks(plain, CHUNK)) {
    const place = placeOf(number++, last)
    const cipher = createCipheriv('aes-256-gcm', key, place).setAAD(place)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

export interface OpenedFile {
  readonly header: BackupHeader
  /** What was sealed; throws `BAD_USER_INPUT` at the first chunk that is not as it was written. To be read once. */
  readonly plain: AsyncGenerator<Buffer>
  /** SHA-256 of the file, hexadecimal, once `plain` was read to its end. */
  sha256(): string
}

/** Throws `BAD_USER_INPUT` for what is no backup, `CONFIG` for one whose key is not here. */
export async function open(keys: BackupKeys, file: FileHandle, name: string): Promise<OpenedFile> {
  const hash = createHash('sha256')
  const start = await readExactly(file, MAGIC.length + 4)
  if (start.length < MAGIC.length + 4 || !start.subarray(0, MAGIC.length).equals(MAGIC))
    throw new TraeError('BAD_USER_INPUT', `${name} is no backup of TRAE OS: it does not begin as one.`)
  const length = start.readUInt32BE(MAGIC.length)
  const text = length <= MOST_HEADER ? await readExactly(file, length) : Buffer.alloc(0)
  const header = readHeader(text, length, name)
  const key = keys.fileKey(header.keyId, Buffer.from(header.salt, 'base64'), text)
  hash.update(start).update(text)
  async function* read(): AsyncGenerator<Buffer> {
    let number = 0
    const sealed = file.createReadStream({ autoClose: false, highWaterMark: CHUNK }) as AsyncIterable<Buffer>
    for await (const { bytes, last } of inChunks(sealed, CHUNK + TAG)) {
      hash.update(bytes)
      yield openChunk(key, bytes, placeOf(number++, last), `${name}, chunk ${number}${last ? ', the last' : ''}`)
    }
  }
  return { header, plain: read(), sha256: () => hash.digest('hex') }
}

function readHeader(text: Buffer, length: number, name: string): BackupHeader {
  let found: unknown
  try {
    if (text.length === length) found = JSON.parse(text.toString('utf8'))
  } catch {
    // said below
  }
  const format = (found as { format?: unknown } | undefined)?.format
  if (typeof format === 'number' && format !== 1)
    throw new TraeError(
      'BAD_USER_INPUT',
      `${name} has the format ${format}, and this TRAE OS reads 1. Take a newer one.`,
    )
  const parsed = backupHeader.safeParse(found)
  if (parsed.success) return parsed.data
  throw new TraeError('BAD_USER_INPUT', `The header of ${name} cannot be read: the file was altered or cut.`)
}

function openChunk(key: Buffer, bytes: Buffer, place: Buffer, name: string): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, place, { authTagLength: TAG }).setAAD(place)
    decipher.setAuthTag(bytes.subarray(-TAG))
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG)), decipher.final()])
  } catch (cause) {
    throw new TraeError(
      'BAD_USER_INPUT',
      `${name}, is not as it was written: the file was altered or cut, or its chunks were moved. Take another copy.`,
      { cause },
    )
  }
}

/** 12 bytes: the number of the chunk, and whether it is the last. */
function placeOf(number: number, last: boolean): Buffer {
  const place = Buffer.alloc(12)
  place.writeUIntBE(number, 5, 6)
  place[11] = last ? 1 : 0
  return place
}

/** Pieces of exactly this size, but for the last one, which is there also when it is empty. */
async function* inChunks(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly last: boolean }> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const piece of source) {
    waiting.push(piece)
    length += piece.length
    if (length <= size) continue // a full one waits until it is known whether something follows
    let all = Buffer.concat(waiting)
    for (; all.length > size; all = all.subarray(size)) yield { bytes: all.subarray(0, size), last: false }
    waiting = [all]
    length = all.length
  }
  yield { bytes: Buffer.concat(waiting), last: true }
}

async function readExactly(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await file.read(bytes, at, length - at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}
