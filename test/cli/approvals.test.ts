// The commands about approvals: what is asked for and of whom, and the answers. Method: the real engine over the
// journal in memory; runs are started by the command itself.
import { expect, test } from 'vitest';
import { definitionText } from '../support/definition-text.ts';
import { all } from './definitions.ts';
import { createProject } from './project.ts';

const signing = definitionText(`
  - { id: before, type: TRANSFORM, output: { total: "\${40 + 2}" } }
  - id: sign
    type: HUMAN
    name: Sign the release
    description: What goes out on Friday.
    depends_on: before
    approvers: { names: [ana, bob] }
    quorum: 2
    form:
      required: [amount]
      optional: [{ channel: mail }]
      properties:
        amount: { type: number, description: in euro }
  - { id: after, type: NOOP, depends_on: sign }
`).replace('id: under-test', 'id: signing');
const files = { ...all, 'definitions/signing.yaml': signing };

async function signingProject() {
  const project = await createProject(files);
  await project.cli('start signing --detach');
  const read = async (line: string) => JSON.parse((await project.cli(`${line} --json`)).out);

  return { ...project, read };
}

test('list tells what waits in all runs, of whom, since when and how many have agreed', async () => {
  const { cli, read } = await signingProject();
  await cli('start approval --detach');
  await cli('approve @last ask --as cem --detach');
  await cli('start approval --detach');
  await expect.poll(async () => (await read('approvals list')).total).toBe(2);

  const { out, err } = await cli('approvals');
  expect(out).toMatch(/^RUN +TASK +DEFINITION +NAME +SINCE +DUE +GIVEN +ASKED +NOTE/);
  expect(out).toMatch(/sign +signing v1 +Sign the release .* 0\/2 +ana or bob\n/);
  expect(out).toMatch(/ask +approval v1 .* 0\/1 +anyone/);
  expect(err).toContain('workflow approvals show');
  expect(await read('approvals list')).toMatchObject({
    kind: 'ApprovalList',
    items: [{ task: 'sign', quorum: 2, given: 0, approvers: 'ana or bob' }, { task: 'ask' }],
  });
});

test('list and show tell what each request is about', async () => {
  const subject = definitionText(`
  - { id: sign, type: HUMAN, show: { sum: "\${40 + 2} EUR", to: "\${'ACME'}" } }
`).replace('id: under-test', 'id: buying');
  const { cli } = await createProject({ ...files, 'definitions/buying.yaml': subject });
  await cli('start approval --detach');
  expect((await cli('approvals list')).out).not.toContain('SUBJECT');
  await cli('start buying --detach');
  await expect.poll(async () => (await cli('approvals list')).out).toMatch(/NAME +SUBJECT +SINCE/);
  expect((await cli('approvals list')).out).toMatch(/sign +buying v1 +sum 42 EUR, to ACME /);
  expect((await cli('approvals show @last')).out).toMatch(/ sum +42 EUR\n +to +ACME\n/);
  expect((await cli('status @last')).out).toContain('sum 42 EUR, to ACME: by anyone');
});

test('change has a task done again with the comment, and asks anew', async () => {
  const article = definitionText(`
  - { id: write, type: TRANSFORM, output: { text: "\${'tea ' + change.comment}" } }
  - { id: review, type: HUMAN, depends_on: write, on_change: { task: write, max: 1 } }
`).replace('id: under-test', 'id: article');
  const { cli } = await createProject({ ...files, 'definitions/article.yaml': article });
  const read = async (line: string) => JSON.parse((await cli(`${line} --json`)).out);
  await cli('start article --detach');
  expect((await cli('approvals show @last')).err).toMatch(/approvals change \S+ review --comment '...'/);
  expect(await cli('approvals change @last --as ana')).toMatchObject({ exit: 2 });
  const asked = await cli('approvals change @last --as ana --comment green --detach');
  expect(asked.out).toMatch(/ review sent back by ana \(event \d+\)/);
  await expect
    .poll(() => read('approvals show @last'))
    .toMatchObject({
      status: 'PENDING_APPROVAL',
      changes: [{ by: 'ana', comment: 'green' }],
      changesLeft: 0,
      evidence: { write: { text: 'tea green' } },
    });
  expect((await cli('approvals list')).out).toContain('round 2');
  expect((await cli('approvals show @last')).out).toMatch(/change +ana, .*: green/);
  expect(await cli('approvals change @last --as ana --comment blue')).toMatchObject({
    exit: 5,
    err: expect.stringContaining('approval.no-more-changes'),
  });
  expect((await cli('history @last')).out).toMatch(
    /approval.change-requested .*by ana, round 1, from write: green/,
  );
});

test('list --mine leaves out what others are asked, and what I have answered', async () => {
  const { cli, read } = await signingProject();
  const mine = async (who: string) => (await read(`approvals list --as ${who}`)).total;
  expect([await mine('ana'), await mine('eve')]).toEqual([1, 0]);
  expect((await read('approvals list --mine')).total).toBe(1);
  await cli('approve @last --as ana --field amount=5 --detach');
  expect([await mine('ana'), await mine('bob')]).toEqual([0, 1]);
  expect((await cli('approvals list --mine')).err).toContain('no approval is asked of ana');
});

test('show tells everything that helps to decide', async () => {
  const { cli, read } = await signingProject();
  await cli('approve @last sign --as ana --field amount=5 --comment fine --detach');
  await cli('approve @last sign --as eve --field amount=5 --detach');
  await cli('approvals delegate @last --to dan --as bob --reason away');

  const { out, err } = await cli('approvals show @last');
  expect(err).toMatch(/approvals approve \S+ sign --field amount=<\.\.\.>\n.*approvals reject \S+ sign\n/);
  expect(out).toContain('sign  Sign the release');
  expect(out).toContain('What goes out on Friday.');
  expect(out).toMatch(/asked +ana, or dan/);
  expect(out).toMatch(/given +1 of 2\n +ana, .*: fine/);
  expect(out).toMatch(/handed over by bob to dan, .*: away/);
  expect(out).toMatch(/refused +eve could not approve, .*: eve is none of the approvers of sign: ana, bob/);
  expect(out).toMatch(/amount +number +required +in euro/);
  expect(out).toMatch(/channel +string +default "mail"/);
  expect(out).toContain('total: 42');
  expect(await read('approvals show @last sign')).toMatchObject({
    kind: 'Approval',
    status: 'PENDING_APPROVAL',
    fields: [{ name: 'amount', type: 'number', required: true }, { name: 'channel' }],
    evidence: { before: { total: 42 } },
    grants: [{ by: 'ana', data: { amount: 5, channel: 'mail' } }],
    refused: [{ by: 'eve', code: 'approval.not-allowed' }],
  });
});

test('the task may be left out where there is one, the fields are typed by the form, the defaults filled in', async () => {
  const { cli, read } = await signingProject();
  await cli('approvals approve @last --as ana --field amount=5 --detach');
  const { exit, out } = await cli(
    'approvals approve @last --as bob --field amount=7.5 --data {"channel":"post"}',
  );
  expect(exit).toBe(0);
  expect(out).toMatch(/^✓ completed/);
  const { tasks } = await read('show @last');
  expect(tasks.find(({ id }: { id: string }) => id === 'sign').output).toMatchObject({
    decision: 'approved',
    data: { amount: 7.5, channel: 'post' },
  });
});

test('a person on a terminal is asked for what is missing, unless they said not to', async () => {
  const { cli } = await signingProject();
  const asked: string[] = [];
  const prompt = (question: string) => {
    asked.push(question);
    return Promise.resolve('5');
  };
  await cli('approve @last sign --as ana --no-input --detach', { prompt });
  expect(asked).toEqual([]);
  expect(await cli('approve @last sign --as ana --detach', { prompt })).toMatchObject({ exit: 0 });
  expect(asked).toEqual(['amount (number: in euro): ']);
});

test('reject needs no form and fails the run', async () => {
  const { cli } = await signingProject();
  const { exit, out } = await cli('approvals reject @last --as ana --comment no');
  expect(exit).toBe(1);
  expect(out).toContain('rejected by ana: no');
});

test('who hands it over may not answer any more, and the history tells', async () => {
  const { cli, read } = await signingProject();
  const { out } = await cli('approvals delegate @last sign --to dan --as ana');
  expect(out).toMatch(/ sign handed over by ana to dan \(event \d+\)/);
  expect(await cli('approve @last --as ana --field amount=1')).toMatchObject({
    exit: 1,
    err: expect.stringContaining('[approval.not-allowed] ana is none of the approvers of sign: bob, dan'),
  });

  const history = (await cli('history @last')).out;
  expect(history).toMatch(/approval.delegated .*by ana to dan/);
  expect(history).toMatch(/approval.refused .*ana could not approve: ana is none of the approvers/);
  expect((await cli('status @last')).out).toContain('bob, or dan, handed over by ana');
  expect((await cli('show @last')).out).toMatch(/refused +ana could not approve sign/);
  expect((await read('approvals list')).items[0].delegations).toMatchObject([{ by: 'ana', to: 'dan' }]);
});

test.each([
  ['approve', 'approve @last --as bob --field amount=5'],
  ['approve', 'approve @last sign --as bob --field amount=5'],
  ['reject', 'reject @last --as bob'],
  ['delegate', 'approvals delegate @last --to dan --as bob'],
])(
  'a late answer is refused by the run, which keeps that it was refused: %s by "%s"',
  async (decision, line) => {
    const { cli, read } = await signingProject();
    await cli('reject @last --as ana');
    const asked: string[] = [];
    const prompt = (question: string) => Promise.resolve(asked.push(question).toString());
    expect(await cli(line, { prompt })).toMatchObject({
      exit: 5,
      err: expect.stringContaining('[run.closed]'),
    });
    expect(asked).toEqual([]);
    expect(await read('approvals show @last')).toMatchObject({
      task: 'sign',
      refused: [{ by: 'bob', decision, code: 'run.closed' }],
    });
  },
);

test('of approvals that are all settled, the one asked for last is meant; what has no form is told by the run', async () => {
  const two = definitionText(`
    - { id: one, type: HUMAN }
    - { id: two, type: HUMAN, depends_on: one }
    - { id: never, type: HUMAN, depends_on: two, when: "\${false}" }
    - { id: hold, type: WAIT, depends_on: two, signal: go }
  `).replace('id: under-test', 'id: two-of-them');
  const { cli } = await createProject({ 'definitions/two.yaml': two, ...all });
  await cli('start two-of-them --detach');
  await cli('approve @last one --as ana --detach');
  await expect.poll(async () => (await cli('approve @last two --as ana --detach')).exit).toBe(0);
  expect((await cli('approve @last --as bob')).err).toMatch(/\[approval.settled\] .*two/);
  expect((await cli('approve @last hold --field a=1')).err).toContain('[approval.not-asked]');
  expect((await cli('approve @last twoo --field a=1')).err).toContain('[task.unknown]');
});

test('an unknown field gets the same message by --data as by --field', async () => {
  const { cli } = await signingProject();
  const message = 'no field "amuont"; did you mean "amount"?';
  expect((await cli('approve @last --as ana --field amuont=5')).err).toContain(message);
  expect((await cli('approve @last --as ana --data {"amuont":5}')).err).toContain(message);
});

test.each([
  ['a field that the form does not have', 'approve @last --field amuont=5', 2, 'usage.field'],
  ['a field of another type', 'approve @last --field amount=much', 2, 'input.mistyped'],
  ['an answer without the fields of the form', 'approve @last --as ana', 2, 'input.form'],
  ['handing it to oneself', 'approvals delegate @last --to ana --as ana', 2, 'approval.bad-delegate'],
  ['a task that asks nobody', 'approvals show @last after', 4, 'task.unknown'],
])('refuses %s', async (_what, line, exit, code) => {
  const { cli } = await signingProject();
  const ran = await cli(line);
  expect(ran).toMatchObject({ exit, out: '' });
  expect(ran.err).toContain(`[${code}]`);
});

test('which task is meant has to be said where there are several, and there has to be one', async () => {
  const two = definitionText(`
    - { id: one, type: HUMAN }
    - { id: two, type: HUMAN }
  `).replace('id: under-test', 'id: two-of-them');
  const { cli } = await createProject({ 'definitions/two.yaml': two, ...all });
  await cli('start two-of-them --detach');
  expect(await cli('approve @last')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('asks for 2 approvals, so say which: one, two'),
  });
  await cli('start greeting --who x');
  expect(await cli('approve @last')).toMatchObject({
    exit: 5,
    err: expect.stringContaining('[approval.none]'),
  });
});
