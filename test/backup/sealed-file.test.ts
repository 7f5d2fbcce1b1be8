import { randomBytes } from 'node:crypto'
import { mkdtemp, open as openFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BackupKeys } from '../../core/backup/backup-key.ts'
import { writeWhole } from '../../core/backup/backup-files.ts'
import { open, seal } from '../../core/backup/sealed-file.ts'

const MIB = 1024 * 1024
const KEY = 'ab'.repeat(32)
const keys = new BackupKeys([KEY])
const HEADER = {
  program: '1.2.3',
  takenAt: '2026-11-30T03:00:00.000Z',
  migrations: ['001-corridor'],
  encryptionKeys: ['01234567'],
  vectorsElsewhere: false,
}

describe('a sealed file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-sealed-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000)
  }
  async function sealed(plain: Buffer, by = keys): Promise<Buffer> {
    const path = join(folder, 'written')
    await writeWhole(path, seal(by, HEADER, inPieces(plain)))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    return readFile(path)
  }
  async function opened(bytes: Buffer, by = keys): Promise<Buffer> {
    const path = join(folder, 'read')
    await writeFile(path, bytes)
    const file = await openFile(path)
    try {
      const { header, plain } = await open(by, file, path)
      expect(header).toMatchObject(HEADER)
      const pieces: Buffer[] = []
      for await (const piece of plain) pieces.push(piece)
      return Buffer.concat(pieces)
    } finally {
      await file.close()
    }
  }
  const headerEnd = (file: Buffer) => 18 + file.readUInt32BE(14)
  /** The file with one bit of the byte at `at` turned. */
  function turned(file: Buffer, at: number): Buffer {
    const other = Buffer.from(file)
    other[at]! ^= 1
    return other
  }
  const chunk = (file: Buffer, number: number) => {
    const at = headerEnd(file) + number * (MIB + 16)
    return file.subarray(at, at + MIB + 16)
  }

  it.each([0, 1, MIB - 1, MIB, MIB + 1, 2.5 * MIB])('of %i bytes comes back as it was', async size => {
    const plain = randomBytes(size)
    const file = await sealed(plain)
    expect((await opened(file)).equals(plain)).toBe(true)
    expect(file.length).toBe(headerEnd(file) + size + 16 * Math.max(1, Math.ceil(size / MIB)))
  })

  it('shows nothing of what is in it, and never the same twice', async () => {
    const plain = Buffer.alloc(2 * MIB, 'canary ')
    const [one, two] = [await sealed(plain), await sealed(plain)]
    expect(one.includes('canary')).toBe(false)
    for (const number of [0, 1]) expect(chunk(one, number).equals(chunk(two, number))).toBe(false)
    expect(chunk(one, 0).equals(chunk(one, 1))).toBe(false)
  })

  it('is refused with one bit turned, wherever it is', async () => {
    const file = await sealed(randomBytes(2.5 * MIB))
    const end = headerEnd(file)
    const places = [
      0,
      13,
      16,
      17,
      18,
      60,
      100,
      200,
      end - 1,
      end,
      end + 5,
      end + MIB,
      end + MIB + 16,
      file.length - 20,
      file.length - 1,
    ]
    for (const at of places)
      await expect(opened(turned(file, at)), `the byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(BAD_USER_INPUT|CONFIG)$/),
      })
    await expect(opened(turned(file, end + MIB + 20))).rejects.toThrow(/chunk 2, is not as it was written/)
  })

  it('is refused when it was cut, also between two chunks', async () => {
    const file = await sealed(randomBytes(2.5 * MIB))
    const end = headerEnd(file)
    for (const length of [0, 5, 17, end - 1, end, end + 7, end + MIB + 16, end + 2 * (MIB + 16), file.length - 1])
      await expect(opened(file.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      })
    await expect(opened(file.subarray(0, end + MIB + 16))).rejects.toThrow(
      /chunk 1, the last, is not as it was written/,
    )
  })

  it('is refused when chunks changed places, came from another file, or follow its end', async () => {
    const plain = randomBytes(2 * MIB + 5)
    const [file, other] = [await sealed(plain), await sealed(plain)]
    const head = file.subarray(0, headerEnd(file))
    const [first, second, third] = [0, 1, 2].map(number => chunk(file, number)) as [Buffer, Buffer, Buffer]
    expect((await opened(Buffer.concat([head, first, second, third]))).equals(plain)).toBe(true)
    for (const chunks of [
      [second, first, third],
      [first, first, third],
      [first, third],
      [chunk(other, 0), second, third],
      [first, second, third, third],
      [first, second, third, Buffer.alloc(1)],
    ])
      await expect(opened(Buffer.concat([head, ...chunks]))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    const otherHead = other.subarray(0, headerEnd(other))
    await expect(opened(Buffer.concat([otherHead, first, second, third]))).rejects.toThrow(/chunk 1, is not/)
  })

  it('names the key that it needs, and opens with an older one', async () => {
    const file = await sealed(Buffer.from('text'))
    const newer = new BackupKeys(['cd'.repeat(32)])
    await expect(opened(file, newer)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`by the backup key ${keys.ids[0]}; this environment has ${newer.ids[0]}`),
    })
    expect((await opened(file, new BackupKeys(['cd'.repeat(32), KEY]))).toString()).toBe('text')
  })

  it('says what is no backup, and what a newer program has written', async () => {
    await expect(opened(Buffer.from('PGDMP something else entirely'))).rejects.toThrow(/does not begin as one/)
    const file = await sealed(Buffer.alloc(1))
    const at = file.indexOf('"format":1')
    const newer = Buffer.from(file)
    newer.write('2', at + 9)
    await expect(opened(newer)).rejects.toThrow(/has the format 2, and this TRAE OS reads 1/)
  })
})

describe('a file that is written whole', () => {
  it('is not there when its source fails or is broken off, and neither is anything else', async () => {
    const { readdir } = await import('node:fs/promises')
    const folder = await mkdtemp(join(tmpdir(), 'trae-whole-'))
    async function* fails() {
      yield Buffer.from('begun')
      throw new Error('the disk')
    }
    await expect(writeWhole(join(folder, 'a'), fails())).rejects.toThrow('the disk')
    await expect(writeWhole(join(folder, 'a'), [Buffer.from('x')], AbortSignal.abort())).rejects.toThrow(/abort/)
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
  })
})
