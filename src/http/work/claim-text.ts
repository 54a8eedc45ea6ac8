import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** What a claim holds: all that any engine has to know to take a report about the item. */
const Claim = z.object({
  run: z.string(),
  task: z.string(),
  attempt: z.int().positive(),
  key: z.string(),
  token: z.string(),
  agent: z.string(),
  worker: z.string(),
  reportTo: z.string().optional(),
  /** Of the delivery in the queue. */
  handle: z.string(),
});
export type Claim = z.output<typeof Claim>;

/** Claims as text that only engines of the namespace can make or read. */
export type ClaimTexts = { readonly seal: (claim: Claim) => string; readonly open: (text: string) => Claim };

/** The text is no claim of these engines. The reaction: ask for work anew. */
class ClaimInvalid extends Error {
  override readonly name = 'ClaimInvalid';
  readonly code = 'work.claim';

  constructor() {
    super('this is no claim that an engine of this namespace gave away; send it as it was answered to claim');
  }
}

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const purpose = 'claims over http, 1';

/** Seals claims with a key that is made from the secret of the engines, and no use for anything else. */
export function createClaimTexts(secret: string): ClaimTexts {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, keyBytes));

  return {
    seal: (claim) => {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key, nonce);
      const body = Buffer.concat([sealing.update(JSON.stringify(claim)), sealing.final()]);

      return Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url');
    },
    open: (text) => {
      try {
        return Claim.parse(JSON.parse(opened(Buffer.from(text, 'base64url'), key)));
      } catch {
        throw new ClaimInvalid();
      }
    },
  };
}

function opened(sealed: Buffer, key: Buffer): string {
  const nonce = sealed.subarray(0, nonceBytes);
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  opening.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  const body = sealed.subarray(nonceBytes + tagBytes);

  return Buffer.concat([opening.update(body), opening.final()]).toString('utf8');
}
