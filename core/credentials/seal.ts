import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'

/**
 * AES-256-GCM with a fresh 12-byte IV and a 16-byte tag: `<iv>:<tag>:<ciphertext>`, base64url. `place` is additional data:
 * what was sealed for one place opens in no other.
 */
export function sealWith(key: KeyObject, plaintext: string, place: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return [iv, cipher.getAuthTag(), ciphertext].map(part => part.toString('base64url')).join(':')
}

/** Throws node's error where the key or the place is another, or a bit was changed. A shortened tag is refused. */
export function openWith(key: KeyObject, [iv, tag, ciphertext]: readonly string[], place: string): string {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv!, 'base64url'), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(place)).setAuthTag(Buffer.from(tag!, 'base64url'))
  return Buffer.concat([decipher.update(Buffer.from(ciphertext!, 'base64url')), decipher.final()]).toString('utf8')
}
