import { z } from 'zod';
import type { PublicKey } from '../../machines/audit/public-key.ts';
import { SigningKeyRefused } from '../ports/access/signing-keys.ts';
import { keyIdOf, publicHalfOf } from './ed25519.ts';

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
    const why = error instanceof Error ? error.message : String(error);
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
