import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { IsSigned } from '../../machines/audit/public-key.ts';

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

/** Whether the signature was made with the private half of the key. */
export const isSigned: IsSigned = ({ publicKey, digest, signature }) => {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { crv: 'Ed25519', kty: 'OKP', x } });

  return verify(null, Buffer.from(digest, 'hex'), key, Buffer.from(signature, 'hex'));
};

function rawOf(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
}
