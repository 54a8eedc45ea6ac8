// Forms that a person at the client answers: what they show, what they never ask for, and which request an answer is
// to. Method: an `ask` that notes what it is asked and answers from a table.
import { expect, test } from 'vitest';
import type { DefinitionTool } from '../../src/api/definitions.ts';
import type { ApprovalPage } from '../../src/api/people.ts';
import { type Call, callDefinition } from '../../src/mcp/call-definition.ts';
import { RequestRefused } from '../../src/operations/use-case.ts';

const tool: DefinitionTool = {
  name: 'pay',
  version: 1,
  description: 'Pays',
  input: { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } },
  output: { type: 'object' },
  mayDo: { changes: true, reachesOut: true, asksPeople: true },
};

const page = {
  run: 'r1',
  definition: { id: 'pay', version: 1 },
  task: 'sign',
  status: 'PENDING_APPROVAL',
  since: '2026-11-28T10:00:00.000Z',
  changesLeft: 1,
  fields: [],
  evidence: { why: 'short' },
  mayAnswer: true,
};

function opened(shown: Partial<ApprovalPage> = {}, refused?: string) {
  const asked: [string, object][] = [];
  const answers: Readonly<Record<string, unknown>> = {
    'runs.start': { run: 'r1' },
    'runs.result': { run: 'r1', status: 'RUNNING', waitsFor: [], approvals: ['sign'] },
    'approvals.show': { ...page, ...shown },
    'runs.command': { run: 'r1' },
  };
  const called = (call: Partial<Call>, of: DefinitionTool = tool) =>
    callDefinition(
      of,
      {
        given: { amount: 5 },
        mayAskPerson: true,
        responses: undefined,
        state: undefined,
        key: undefined,
        ...call,
      },
      async (operation, input) => {
        asked.push([operation, input]);
        const { task } = (input as { readonly command?: { readonly task?: string } }).command ?? {};
        if (task !== undefined && task === refused)
          throw new RequestRefused({ code: 'approval.settled', message: `${task} is APPROVED already` });
        const answer = answers[operation];
        return operation === 'approvals.show' ? { ...(answer as object), ...input } : answer;
      },
    );

  return { called, asked };
}

type Round = {
  readonly requestState?: string;
  readonly inputRequests?: Readonly<Record<string, { readonly params: { readonly message: string } }>>;
  readonly content?: readonly { readonly text: string }[];
};

test('a form that does not show all that an approval is judged by says so, and what shows it', async () => {
  const long = opened({ evidence: { why: 'x'.repeat(5_000) } });
  const { inputRequests } = (await long.called({})) as Round;
  const message = inputRequests?.['approval sign']?.params.message ?? '';
  expect(message).toContain('2000 of 5015 characters');
  expect(message).toContain('workflow_show_approval with run "r1" and task "sign"');

  const short = (await opened().called({})) as Round;
  expect(short.inputRequests?.['approval sign']?.params.message).not.toContain('characters');
});

test('what is answered in a form is an answer to what it showed', async () => {
  const { called, asked } = opened();
  const { requestState } = (await called({})) as Round;
  const response = { action: 'accept', content: { decision: 'approve' } };
  await called({ state: requestState, responses: { 'approval sign': response } });
  expect(asked.filter(([operation]) => operation === 'runs.command')).toEqual([
    ['runs.command', { run: 'r1', command: { kind: 'approve', task: 'sign', askedSince: page.since } }],
  ]);
  await expect(called({ state: 'run r1' })).rejects.toMatchObject({ code: 'mcp.bad-state' });
});

test('no form asks for a secret: the start says what is missing', async () => {
  const { called, asked } = opened();
  const secret = {
    ...tool,
    input: {
      type: 'object',
      required: ['amount', 'pin'],
      properties: { amount: { type: 'number' }, pin: { type: 'string', writeOnly: true } },
    },
  };
  await called({ given: {} }, secret);
  expect(asked[0]).toEqual(['runs.start', { definition: 'pay', input: {} }]);

  const field = { name: 'pin', required: true, secret: true };
  const asking = (await opened({ fields: [field] }).called({})) as Round;
  expect(asking.inputRequests).toBeUndefined();
  expect(asking.content?.[0]?.text).toContain('workflow_approve');
});

test.each([
  ['closed', { action: 'cancel' }, undefined, 'goes on'],
  ['refused', { action: 'accept', content: { decision: 'approve' } }, 'sign', 'sign: approval.settled'],
] as const)(
  'a form that was %s takes the answer of the next one with it no more',
  async (_, first, refused, said) => {
    const { called, asked } = opened({}, refused);
    const responses = {
      'approval sign': first,
      'approval pay': { action: 'accept', content: { decision: 'approve' } },
    };
    const since = { sign: page.since, pay: page.since };
    const answer = await called({ responses, state: JSON.stringify({ run: 'r1', since }) });

    const commands = asked.flatMap(([operation, input]) => (operation === 'runs.command' ? [input] : []));
    expect(commands.at(-1)).toMatchObject({ command: { kind: 'approve', task: 'pay' } });
    expect(JSON.stringify(answer)).toContain(said);
  },
);
