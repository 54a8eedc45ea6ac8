// Whether a request was signed with the secret. Method: requests as the senders sign them, built here from the text of
// their rules, then the same with one thing changed; and one example that a sender published.
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { HookSignature } from '../../../machines/serve-file/served.ts';
import { doubtAbout } from '../../../src/http/hooks/signatures.ts';

const secret = 'whsec_c2VjcmV0';
const nowMs = Date.parse('2026-01-01T00:00:00Z');
const nowSeconds = nowMs / 1_000;
const body = new TextEncoder().encode('{"a":"ü"}');
const hex = (key: string, ...parts: readonly (string | Uint8Array)[]) => digest(key, parts).digest('hex');

function digest(key: string | Buffer, parts: readonly (string | Uint8Array)[]) {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);

  return hmac;
}

type Sent = { readonly headers: Record<string, string>; readonly body?: Uint8Array; readonly at?: number };

function doubt(by: HookSignature, { headers, body: sent = body, at = nowMs }: Sent): string | undefined {
  return doubtAbout({ headers: new Headers(headers), body: sent }, by, { secret, nowMs: at });
}

const own = { scheme: 'hmac-sha256', header: 'X-Sign', prefix: 'v0=', encoding: 'base64' } as const;
const standardKey = Buffer.from('secret');
const standardOf = (at: string) => digest(standardKey, [`m-1.${at}.`, body]).digest('base64');

const good: readonly (readonly [string, HookSignature, Record<string, string>])[] = [
  ['github', { scheme: 'github' }, { 'X-Hub-Signature-256': `sha256=${hex(secret, body)}` }],
  [
    'github in capitals',
    { scheme: 'github' },
    { 'X-Hub-Signature-256': `sha256=${hex(secret, body).toUpperCase()}` },
  ],
  ['an own scheme', own, { 'X-Sign': `v0=${digest(secret, [body]).digest('base64')}` }],
  [
    'stripe',
    { scheme: 'stripe' },
    {
      'Stripe-Signature': `t=${nowSeconds}, v1=${'0'.repeat(64)}, v1=${hex(secret, `${nowSeconds}.`, body)}`,
    },
  ],
  [
    'standard webhooks',
    { scheme: 'standard-webhooks' },
    {
      'webhook-id': 'm-1',
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': `v1,AAAA v1,${standardOf(String(nowSeconds))}`,
    },
  ],
];

test.each(good)('%s is believed as it was sent, and not when a byte differs', (_name, by, headers) => {
  expect(doubt(by, { headers })).toBeUndefined();
  expect(doubt(by, { headers, body: new TextEncoder().encode('{"a":"u"}') })).toMatch(/fits\b|does not fit/);
  for (const [name, value] of Object.entries(headers)) {
    const { [name]: _, ...rest } = headers;
    expect(doubt(by, { headers: rest }), `without ${name}`).toContain('missing');
    expect(doubt(by, { headers: { ...headers, [name]: `${value}x` } }), `another ${name}`).toBeDefined();
    expect(doubt(by, { headers: { ...headers, [name]: '' } }), `an empty ${name}`).toBeDefined();
  }
});

test.each(good.slice(3))('%s is believed for five minutes, before and after', (_name, by, headers) => {
  for (const at of [nowMs - 300_000, nowMs + 300_000]) expect(doubt(by, { headers, at })).toBeUndefined();
  for (const at of [nowMs - 300_001, nowMs + 300_001])
    expect(doubt(by, { headers, at })).toContain('more than 5 minutes from now');
});

test('the example that GitHub gives in its documentation is believed', () => {
  const example = {
    headers: new Headers({
      'X-Hub-Signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    }),
    body: new TextEncoder().encode('Hello, World!'),
  };
  const checked = { secret: "It's a Secret to Everybody", nowMs };
  expect(doubtAbout(example, { scheme: 'github' }, checked)).toBeUndefined();
});

test('a secret with nothing behind whsec_ is no key: what anybody could have signed is not believed', () => {
  const at = String(nowSeconds);
  const signature = `v1,${digest('', [`m-1.${at}.`, body]).digest('base64')}`;
  const headers = { 'webhook-id': 'm-1', 'webhook-timestamp': at, 'webhook-signature': signature };
  for (const empty of ['whsec_', 'whsec_?!'])
    expect(
      doubtAbout(
        { headers: new Headers(headers), body },
        { scheme: 'standard-webhooks' },
        {
          secret: empty,
          nowMs,
        },
      ),
    ).toContain('no base64 behind whsec_');
});
