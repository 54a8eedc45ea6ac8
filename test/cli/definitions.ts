// The definitions that the tests of the command line start.
import { definitionText } from '../support/definition-text.ts';

/** Completes at once, with what it was given. */
const greeting = definitionText(
  `
  - id: greet
    type: TRANSFORM
    output: { text: "hello \${workflow.input.who}", receipt_file: "out/GREETING.yaml" }
  `,
  `
  input:
    required: [who]
    properties:
      who: { type: string, description: whom to greet }
      loud: { type: boolean, default: false }
      how_often: { type: integer, default: 1 }
      json: { type: string, default: no }
      token: { type: string, secret: true, default: '' }
  output: [text, receipt_file]
  `,
).replace('id: under-test', 'id: greeting');

/** Waits for a person. */
const approval = definitionText(`
  - { id: ask, type: HUMAN, wait_for_approval: true }
  - { id: done, type: NOOP, depends_on: ask }
`).replace('id: under-test', 'id: approval');

/** Fails at its second attempt. */
const failing = definitionText(`
  - id: calc
    type: TRANSFORM
    output: { x: "\${10 / 0}" }
`).replace('id: under-test', 'id: failing');

/** Goes on for longer than any test. */
const slow = definitionText(`
  - { id: nap, timeout: 2m, run: { command: [sleep, "60"] } }
`).replace('id: under-test', 'id: slow');

export const all = {
  'definitions/greeting.yaml': greeting,
  'definitions/approval.yaml': approval,
  'definitions/failing.yaml': failing,
  'definitions/slow.yaml': slow,
};
