// A definition in TypeScript is the one that YAML gives, and what it names wrongly does not compile. Method: both are
// loaded and compared; what must not compile is marked as such, and `npm run check` fails where it does compile.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { defineWorkflow, toYaml } from '../../../src/compose/embedding/embedded-definitions.ts';

const yaml = `
workflow:
  id: orders
  version: 1
  input: { required: [order] }
  output: [sent]
  tasks:
    - { id: reserve, uses: orders.reserve, input: { order: '\${workflow.input.order}' }, output: [left], compensate: free }
    - id: enough
      type: DECISION
      depends_on: reserve
      decision_param: \${reserve.output.left > 0}
      decision_cases: { 'true': { next: send }, 'false': { next: [ask] } }
    - { id: send, uses: orders.send, output: [sent] }
    - { id: ask, type: HUMAN }
    - { id: free, uses: orders.free }
    - { id: each, type: FORK, depends_on: send, branches: [[{ id: mail, type: NOOP }, { id: post, type: NOOP, depends_on: mail }]] }
`;

const orders = () =>
  defineWorkflow({
    id: 'orders',
    version: 1,
    input: { required: ['order'] },
    output: ['sent'],
    tasks: [
      {
        id: 'reserve',
        uses: 'orders.reserve',
        input: { order: '${workflow.input.order}' },
        output: ['left'],
        compensate: 'free',
      },
      {
        id: 'enough',
        type: 'DECISION',
        depends_on: 'reserve',
        decision_param: '${reserve.output.left > 0}',
        decision_cases: { true: { next: 'send' }, false: { next: ['ask'] } },
      },
      { id: 'send', uses: 'orders.send', output: ['sent'] },
      { id: 'ask', type: 'HUMAN' },
      { id: 'free', uses: 'orders.free' },
      {
        id: 'each',
        type: 'FORK',
        depends_on: 'send',
        branches: [
          [
            { id: 'mail', type: 'NOOP' },
            { id: 'post', type: 'NOOP', depends_on: 'mail' },
          ],
        ],
      },
    ],
  });

test('it is the definition that YAML gives, and prints it', () => {
  const read = (content: string) => {
    const result = loadDefinition({ file: 'orders', content });
    return result.ok ? result.loaded.definition : result.problems;
  };

  expect(read(JSON.stringify(orders()))).toEqual(read(yaml));
  expect(read(toYaml(orders()))).toEqual(read(yaml));
});

test('what the checker finds is refused at once, with the first problem in the message', () => {
  expect(() =>
    defineWorkflow({ id: 'loop', version: 1, tasks: [{ id: 'a', type: 'NOOP', depends_on: 'a' }] }),
  ).toThrow(expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining('a') }));
});

test('a name of a task that is not there does not compile, nor a key or a type', () => {
  const wrong = [
    () =>
      defineWorkflow({
        id: 'w',
        version: 1,
        // @ts-expect-error no task "b"
        tasks: [{ id: 'a', type: 'NOOP', depends_on: 'b' }],
      }),
    () =>
      defineWorkflow({
        id: 'w',
        version: 1,
        tasks: [
          // @ts-expect-error no task "c"
          { id: 'a', uses: 'x', compensate: 'c' },
          { id: 'b', type: 'NOOP' },
        ],
      }),
    () =>
      defineWorkflow({
        id: 'w',
        version: 1,
        tasks: [
          // @ts-expect-error no task "never"
          { id: 'a', type: 'DECISION', decision_param: '1', decision_cases: { '1': { next: 'never' } } },
        ],
      }),
    () =>
      defineWorkflow({
        id: 'w',
        version: 1,
        // @ts-expect-error no key "colour"
        tasks: [{ id: 'a', type: 'NOOP', colour: 'a' }],
      }),
    () =>
      defineWorkflow({
        id: 'w',
        version: 1,
        // @ts-expect-error no type "NOP"
        tasks: [{ id: 'a', type: 'NOP' }],
      }),
    // @ts-expect-error no version
    () => defineWorkflow({ id: 'w', tasks: [{ id: 'a', type: 'NOOP' }] }),
  ];

  expect(wrong).toHaveLength(6);
});
