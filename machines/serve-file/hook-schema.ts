import { z } from 'zod';
import { isEventType } from '../../events/cloud-event.ts';
import { choice, expected, filled, flag, strict, text } from '../language/schema/shapes.ts';

const hookName = () =>
  text('a hook name').refine((value) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(value), {
    error: 'expected a hook name: lower-case letters, digits, _ and -, at most 63 characters',
  });

const headerName = () =>
  text('the name of a header').refine((value) => /^[A-Za-z0-9-]{1,100}$/.test(value), {
    error: 'expected the name of a header, such as X-Signature',
  });

const bodyPath = () =>
  text('a path in the body').refine((value) => /^[\w-]+(\.[\w-]+){0,9}$/.test(value), {
    error: 'expected a path in the JSON body, such as data.id',
  });

const eventType = () =>
  text('an event type').refine(isEventType, { error: 'expected the type of an event, such as order.paid' });

const prefix = () => text().optional().describe('What is put before it, such as "github.".');

const event = z.union(
  [
    eventType(),
    strict({
      from_header: headerName().describe('The header that names the type, such as X-GitHub-Event.'),
      prefix: prefix(),
    }),
    strict({ from_body: bodyPath().describe('Where the body names the type: type.'), prefix: prefix() }),
  ],
  { error: 'expected the type of an event, {from_header: <name>} or {from_body: <path>}' },
);

const signatureSchemes = ['github', 'standard-webhooks', 'stripe'] as const;

const signature = z.union(
  [
    choice(signatureSchemes),
    strict({
      scheme: z.literal('hmac-sha256', { error: expected('hmac-sha256') }),
      header: headerName().describe('Where the signature stands.'),
      prefix: text().optional().describe('What stands before it in the header, such as "sha256=".'),
      encoding: choice(['hex', 'base64']).optional().describe('How it is written. Default hex.'),
    }),
  ],
  {
    error: `expected ${signatureSchemes.join(', ')} or {scheme: hmac-sha256, header: <name>}`,
  },
);

const requestId = z.union([strict({ header: headerName() }), strict({ body: bodyPath() })], {
  error: 'expected {header: <name>} or {body: <path>}',
});

export const hookSchema = strict({
  name: hookName().describe('The end of its address: /hooks/<name>.'),
  description: text().optional().describe('For people.'),
  event: event.describe('The type of the event that a request becomes.'),
  secret: filled('the name of a secret')
    .optional()
    .describe('The secret of the project that requests are signed with, by its name.'),
  signature: signature.optional().describe('How they are signed.'),
  id: requestId
    .optional()
    .describe('What tells one request from the same again. Default: as the signature scheme has it.'),
  as: filled('a principal')
    .optional()
    .describe('The principal that publishes the event. Default hook:<name>.'),
  allow_unsigned: flag().optional().describe('Anybody who reaches the address may send. Default false.'),
});
