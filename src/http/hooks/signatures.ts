import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HookSignature } from '../../../machines/serve-file/served.ts';

/** A request as received. */
export type HookRequest = { readonly headers: Headers; readonly body: Uint8Array };

type Checked = { readonly secret: string; readonly nowMs: number };
/** Why a signature is refused, for the sender; undefined if it is valid. */
type Doubt = string | undefined;

/** Tolerated clock skew of a sender, and the maximum age of a request: limits replays. */
const toleranceMs = 5 * 60_000;

/** Verifies the signature of the raw bytes, in constant time. */
export function doubtAbout(request: HookRequest, by: HookSignature, checked: Checked): Doubt {
  switch (by.scheme) {
    case 'github':
      return plain(request, { header: 'X-Hub-Signature-256', prefix: 'sha256=', encoding: 'hex' }, checked);
    case 'hmac-sha256':
      return plain(request, by, checked);
    case 'standard-webhooks':
      return standard(request, checked);
    case 'stripe':
      return stripe(request, checked);
  }
}

type Plain = Pick<Extract<HookSignature, { scheme: 'hmac-sha256' }>, 'header' | 'prefix' | 'encoding'>;

function plain(
  { headers, body }: HookRequest,
  { header, prefix, encoding }: Plain,
  { secret }: Checked,
): Doubt {
  const given = headers.get(header);
  if (given === null) return `the header ${header} is missing`;
  const expected = `${prefix}${createHmac('sha256', secret).update(body).digest(encoding)}`;
  const written = encoding === 'hex' ? lowerBehind(given, prefix) : given;

  return isSame(written, expected) ? undefined : `the signature in ${header} does not fit the body`;
}

/** Hexadecimal digits may be upper or lower case. */
function lowerBehind(given: string, prefix: string): string {
  return given.slice(0, prefix.length) + given.slice(prefix.length).toLowerCase();
}

/**
 * The header may hold several signatures, for example while a secret is rotated: one of this version has to match.
 */
function standard({ headers, body }: HookRequest, { secret, nowMs }: Checked): Doubt {
  const [id, at, given] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headers.get(name),
  );
  if (!id || !at || !given) return 'one of webhook-id, webhook-timestamp and webhook-signature is missing';
  const late = doubtAboutTime(at, nowMs);
  if (late !== undefined) return late;
  const key = standardKey(secret);
  // An empty key would let everybody sign.
  if (key.length === 0)
    return 'the secret of this hook has no base64 behind whsec_, so nothing can be checked';
  const signing = createHmac('sha256', key).update(`${id}.${at}.`).update(body);
  const expected = `v1,${signing.digest('base64')}`;

  return given.split(' ').some((each) => isSame(each, expected))
    ? undefined
    : 'no signature in webhook-signature fits the body';
}

/** Secrets of this scheme are base64 after `whsec_`; any other text is taken literally. */
function standardKey(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
}

/** `t=<seconds>,v1=<hex>,v1=<hex>` over `<seconds>.<body>`. */
function stripe({ headers, body }: HookRequest, { secret, nowMs }: Checked): Doubt {
  const parts = (headers.get('Stripe-Signature') ?? '').split(',').map((part) => part.trim().split('='));
  const at = parts.find(([name]) => name === 't')?.[1];
  const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => value);
  if (at === undefined || given.length === 0)
    return 'the header Stripe-Signature is missing, or has no t or v1';
  const late = doubtAboutTime(at, nowMs);
  if (late !== undefined) return late;
  const expected = createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');

  return given.some((each) => isSame(each, expected))
    ? undefined
    : 'no signature in Stripe-Signature fits the body';
}

function doubtAboutTime(seconds: string, nowMs: number): Doubt {
  const atMs = /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1_000 : Number.NaN;
  if (Math.abs(atMs - nowMs) <= toleranceMs) return undefined;

  return `the request is of ${seconds.slice(0, 20)} (seconds since 1970), more than 5 minutes from now`;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];

  return a.length === b.length && timingSafeEqual(a, b);
}
