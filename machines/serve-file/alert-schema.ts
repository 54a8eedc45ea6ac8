import { z } from 'zod';
import { choice, duration, filled, listOf, oneOrMany, strict, text } from '../language/schema/shapes.ts';
import { alertKinds } from './served.ts';

const url = () =>
  filled('an address')
    .refine((value) => /^https?:\/\/[^\s/]+/.test(value) && URL.canParse(value), {
      error: 'expected an address that begins with https:// or http://',
    })
    // Nothing could be sent there, and why would be said with the password.
    .refine((value) => !/^https?:\/\/[^/?#]*@/.test(value), {
      error: 'expected an address without a user and a password; sign what is sent with secret: <NAME>',
    });

const target = z.union(
  [
    choice(['log']),
    strict({
      webhook: url().describe('Where it is posted as JSON.'),
      secret: filled('the name of a secret')
        .optional()
        .describe('The secret of the project that it is signed with, as Standard Webhooks are.'),
    }),
    strict({
      command: listOf(text(), 'a list: the program and its arguments')
        .min(1, { error: 'expected a program and its arguments, found an empty list' })
        .describe('Run with the alert as JSON on its stdin.'),
    }),
  ],
  { error: 'expected log, {webhook: <address>} or {command: [<program>, <arguments>]}' },
);

export const alertSchema = strict({
  name: filled('the name of a rule').describe('What it is called in what it says.'),
  description: text().optional().describe('For people.'),
  on: choice(alertKinds).describe('What it looks for.'),
  after: duration()
    .optional()
    .describe(
      'For how long it has to be so. Default at once; no_worker 1m; run_late: three times the usual.',
    ),
  definition: filled('a definition id, with * for any characters')
    .optional()
    .describe('Only runs of these definitions.'),
  to: oneOrMany(target, 'log, {webhook: <address>} or {command: [<program>]}, or a list of them')
    .refine((places) => places.length > 0, {
      error: 'expected a place where it is said, found an empty list',
    })
    .describe('Where it is said.'),
  repeat: duration().optional().describe('Says it again after so long, while it is still so.'),
});
