// What other programs are told of an approval that nobody answers, and of one that is sent back. Method as in
// outbound-of.test.ts.
import { expect, test } from 'vitest';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { staged } from './outbound-run.ts';

const dataOf = (events: readonly CloudEvent[], type: string) =>
  events.filter((event) => event.type === type).map(({ data }) => data);

test('a stage of an escalation and a reminder are told with whom they ask, and what for', async () => {
  const { told, clock, until } = await staged(
    `- {id: ask, type: HUMAN, show: {sum: "\${5}"}, remind: {every: 1h, max: 1}, escalate: [{after: 1h, to: {names: [bob], level: L1}}]}`,
  );
  clock.advance(3_600_000);
  await until(({ sequence }) => sequence > 3);

  expect(dataOf(await told(), 'approval.requested')).toMatchObject([{ subject: { sum: 5 } }]);
  expect(dataOf(await told(), 'approval.escalated')).toMatchObject([
    { task: 'ask', stage: 1, level: 'L1', escalatedTo: ['bob'] },
  ]);
  expect(dataOf(await told(), 'approval.reminded')).toMatchObject([
    { task: 'ask', reminder: 1, subject: { sum: 5 } },
  ]);
});

test('the wish for a change is told with what is done again, and then the request once more', async () => {
  const { told, submit } = await staged(`
    - {id: write, type: NOOP}
    - {id: ask, type: HUMAN, depends_on: write, on_change: write}`);
  await submit({ kind: 'requestChange', task: 'ask', by: 'ana', comment: 'shorter' });

  const events = await told();
  expect(dataOf(events, 'approval.change-requested')).toMatchObject([
    { task: 'ask', by: 'ana', comment: 'shorter', round: 1, from: 'write' },
  ]);
  expect(dataOf(events, 'approval.requested')).toHaveLength(2);
});
