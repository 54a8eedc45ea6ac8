// Definitions of runs that fail, wait and are undone, for the tests of run control.
import { definitionText } from '../support/definition-text.ts';

/** Fails while there is no file `gate` in the project. */
const gated = definitionText(
  `
  - { id: greet, type: TRANSFORM, output: { text: "hello \${workflow.input.who}" } }
  - { id: pass, depends_on: greet, timeout: 1m, run: { command: [test, -f, gate] } }
  - { id: after, type: TRANSFORM, depends_on: pass, output: { said: "\${greet.output.text}" } }
  `,
  `
  input:
    required: [who]
    properties:
      who: { type: string }
      count: { type: integer, default: 1 }
      token: { type: string, secret: true, default: '' }
  output: { said: "\${after.output.said}" }
  `,
).replace('id: under-test', 'id: gated');

/** Asks somebody to look when its attempts are used up. */
const asking = definitionText(`
  - { id: pass, timeout: 1m, run: { command: [test, -f, gate] }, retry_policy: { max_attempts: 1, on_exhausted: pause } }
`).replace('id: under-test', 'id: asking');

/** Waits for a signal, and can undo what it did before. */
const waiting = definitionText(`
  - { id: book, type: TRANSFORM, output: { seat: 12 }, compensate: unbook }
  - { id: unbook, type: NOOP }
  - { id: paid, type: WAIT, depends_on: book, signal: paid, match: 'signal.data.seat == 12' }
  - { id: by_hand, type: WAIT, depends_on: paid }
`).replace('id: under-test', 'id: waiting');

/** Works on a list; the items that are no files fail. */
const listing = definitionText(
  `
  - id: each
    type: FORK
    for_each: '\${workflow.input.names}'
    as: name
    concurrency: 2
    tolerate_failures: 1
    tasks:
      - { id: look, timeout: 1m, run: { command: [test, -f, "\${name}"] } }
      - { id: ask, type: HUMAN, wait_for_approval: true, depends_on: look }
  `,
  'input: { required: [names] }',
).replace('id: under-test', 'id: listing');

export const controlled = {
  'definitions/gated.yaml': gated,
  'definitions/asking.yaml': asking,
  'definitions/waiting.yaml': waiting,
  'definitions/listing.yaml': listing,
};
