import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import type { IsSigned, PublicKey } from '../../machines/audit/public-key.ts';
import { messageOf } from '../lib/text.ts';
import { SigningKeyRefused } from '../ports/access/signing-keys.ts';

/** Whether the signature was made with the private half of the key. */
export const isSigned: IsSigned = ({ publicKey, digest, signature }) => {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { crv: 'Ed25519', kty: 'OKP', x } });

  return verify(null, Buffer.from(digest, 'hex'), key, Buffer.from(signature, 'hex'));
};

const Time = z.iso.datetime({ precision: 3 });

const PublicKeyFile = z.strictObject({
  format: z.literal('3ox-public-key/1'),
  key: z.string(),
  algorithm: z.literal('ed25519'),
  publicKey: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 32 bytes in lower-case hex' }),
  from: Time,
  until: Time.optional(),
});

/** The text of the file of a public key. */
export function publicKeyText({ key, publicKey, from, until }: PublicKey): string {
  const file = { format: '3ox-public-key/1', key, algorithm: 'ed25519', publicKey, from, until };

  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** Reads the file of a public key: ours, or any Ed25519 key in PEM, which has no times. Throws SigningKeyRefused. */
export function readPublicKey(text: string, shownPath: string): PublicKey {
  if (text.startsWith('-----BEGIN ')) return readPem(text, shownPath);
  const checked = PublicKeyFile.safeParse(parsed(text));
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const why = `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'invalid'}`;
    throw new SigningKeyRefused(
      `${shownPath} is no public key: ${why}; expected one of .3ox/audit-keys, or PEM`,
    );
  }
  const { key, publicKey, from, until } = checked.data;
  if (keyIdOf(publicKey) !== key) {
    throw new SigningKeyRefused(`${shownPath} was altered: key ${keyIdOf(publicKey)} stands in it as ${key}`);
  }

  return { key, publicKey, from, ...(until === undefined ? {} : { until }) };
}

function readPem(text: string, shownPath: string): PublicKey {
  try {
    const publicKey = publicHalfOf(text);
    return { key: keyIdOf(publicKey), publicKey };
  } catch (error) {
    const why = messageOf(error);
    throw new SigningKeyRefused(`${shownPath} is no public key: ${why}`, { cause: error });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A new pair: the private half as PEM, the public one in lower-case hex. */
export function newKeyPair(): { readonly privatePem: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  return {
    privatePem: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey: rawOf(publicKey),
  };
}

/** The id of a public key: the first 16 hex digits of the SHA-256 of its 32 bytes. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'hex')).digest('hex').slice(0, 16);
}

/** The public half, in lower-case hex, of a key in PEM, be it the public or the private one. Throws on all else. */
export function publicHalfOf(pem: string): string {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`an Ed25519 key is expected, found ${key.asymmetricKeyType ?? 'another kind'}`);
  }

  return rawOf(key);
}

/** Signs the 32 bytes of a SHA-256. */
export function signDigest(privatePem: string, digest: string): string {
  return sign(null, Buffer.from(digest, 'hex'), createPrivateKey(privatePem)).toString('hex');
}

/** Signs with a private key in PEM. Throws SigningKeyRefused. */
export function signerOf(pem: string, shownPath: string) {
  if (!pem.startsWith('-----BEGIN PRIVATE KEY-----'))
    throw new SigningKeyRefused(`${shownPath} is no private key; expected an Ed25519 key in PEM (PKCS #8)`);
  const { key, publicKey } = readPem(pem, shownPath);

  return { key: { key, publicKey }, sign: async (digest: string) => signDigest(pem, digest) };
}

function rawOf(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
}
