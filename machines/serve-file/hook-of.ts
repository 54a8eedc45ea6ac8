import type { Entry } from '../agents/read-entries.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import type { hookSchema } from './hook-schema.ts';
import type { Hook, HookSignature, RequestPlace } from './served.ts';

type Written = ReturnType<typeof hookSchema.parse>;

/** Who may send is said plainly: by a secret and how it is used, or by leave for everybody. */
export function hookFindings({ value, path }: Entry<Written>): readonly Finding[] {
  const { name, secret, signature, allow_unsigned: isOpen = false } = value;
  const isSigned = secret !== undefined && signature !== undefined;
  if (isSigned && isOpen) {
    const message = `${name} has a signature, which is always checked; leave allow_unsigned out`;
    return [{ code: 'definition.contradiction', message, path: [...path, 'allow_unsigned'], at: 'key' }];
  }
  if (isSigned || (isOpen && secret === undefined && signature === undefined)) return [];
  const missing = [
    ...(secret === undefined ? ['secret: <name of a secret>'] : []),
    ...(signature === undefined ? ['signature: github'] : []),
  ].join(' and ');
  const message = `anybody could send to the hook ${name}: add ${missing}, or allow_unsigned: true if that is meant`;

  return [{ code: 'definition.unsigned', message, path }];
}

/** A hook as it was written, with what its scheme implies. */
export function hookOf({ name, event, secret, signature, id, as }: Written): Hook {
  const by = signature === undefined ? undefined : signatureOf(signature);

  return defined({
    name,
    event: eventOf(event),
    signed: by === undefined || secret === undefined ? undefined : { by, secret },
    id: id ?? idBy(by),
    as,
  });
}

function eventOf(event: Written['event']): Hook['event'] {
  if (typeof event === 'string') return { type: event };
  const { prefix = '' } = event;
  if ('from_header' in event) return { from: { header: event.from_header }, prefix };

  return { from: { body: event.from_body }, prefix };
}

function signatureOf(signature: NonNullable<Written['signature']>): HookSignature {
  if (typeof signature === 'string') return { scheme: signature };
  const { scheme, header, prefix = '', encoding = 'hex' } = signature;

  return { scheme, header, prefix, encoding };
}

/** Where these senders say which request it is. */
function idBy(by: HookSignature | undefined): RequestPlace | undefined {
  switch (by?.scheme) {
    case 'github':
      return { header: 'X-GitHub-Delivery' };
    case 'standard-webhooks':
      return { header: 'webhook-id' };
    case 'stripe':
      return { body: 'id' };
    case 'hmac-sha256':
    case undefined:
      return undefined;
  }
}
