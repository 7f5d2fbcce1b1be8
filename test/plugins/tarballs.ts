import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface Entry {
  readonly path: string
  readonly data?: string | Uint8Array
  /** `0` file, `1` hard link, `2` symbolic link, `5` folder, `x` pax header …; a file without it. */
  readonly type?: string
  readonly link?: string
  /** What the header says, where it lies. */
  readonly size?: number
}

/** A gzipped tar archive with whatever entries: honest ones and those that no packer makes. Written apart from the reader it tests. */
export function tarball(entries: readonly Entry[], { end = true } = {}): Buffer {
  const blocks = entries.flatMap(({ path, data = '', type = '0', link = '', size }) => {
    const bytes = Buffer.from(data as string)
    const header = Buffer.alloc(512)
    const put = (text: string, at: number, length: number) => header.write(text.slice(0, length), at, 'utf8')
    const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0')
    put(path, 0, 100)
    put(octal(0o644, 8), 100, 7)
    put(octal(0, 8), 108, 7)
    put(octal(0, 8), 116, 7)
    put(octal(size ?? bytes.length, 12), 124, 11)
    put(octal(1_700_000_000, 12), 136, 11)
    header.fill(0x20, 148, 156)
    put(type, 156, 1)
    put(link, 157, 100)
    put('ustar\x0000', 257, 8)
    put(
      `${octal(
        header.reduce((a, b) => a + b),
        7,
      )}\0`,
      148,
      7,
    )
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat(end ? [...blocks, Buffer.alloc(1024)] : blocks), { level: 1 })
}

/** The two files of a built package, below the folder that npm packs into. */
export async function entriesOf(folder: string, top = 'package/'): Promise<Entry[]> {
  return Promise.all(
    ['plugin.json', 'plugin.js'].map(async name => ({ path: top + name, data: await readFile(join(folder, name)) })),
  )
}

export const paxPath = (path: string): Entry => {
  const record = (length: number) => `${length} path=${path}\n`
  let length = record(0).length
  while (Buffer.byteLength(record(length)) !== length) length = Buffer.byteLength(record(length))
  return { path: 'PaxHeader/x', type: 'x', data: record(length) }
}
