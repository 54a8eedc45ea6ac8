// What agents.yaml says that a skill returns is held to when an attempt ends. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { agentNamed, createAgentsWorld, type Held } from '../agents-world.ts';
import { ended, settled } from '../node-world.ts';

async function createScanning() {
  const world = createAgentsWorld();
  const integer = { required: true, secret: false, type: 'integer' } as const;
  world.roster.gives.set('scan', {
    required: true,
    secret: false,
    type: 'object',
    members: { files: integer },
  });
  world.roster.set(agentNamed('SCOUT', { skills: ['scan', 'judge'], capacity: 4 }));
  const { workflows } = await world.join('one');
  const of = world.worker('w1');
  const give = async (outputs: Readonly<Record<string, Json>>): Promise<void> => {
    const held: Held[] = [];
    for (const _task of Object.keys(outputs)) held.push(await of.take());
    for (const { says } of held) await says('start');
    for (const task of Object.keys(outputs)) {
      const its = held.find(({ item }) => item.task === task);
      await its?.says('complete', { output: outputs[task] ?? null });
      await its?.claimed.done();
    }
    await settled();
  };
  /** The codes of all attempts that failed. */
  const failures = async (run: string): Promise<readonly string[]> => {
    const codes: string[] = [];
    for await (const entry of world.asking().history(run))
      if ('record' in entry && entry.record.type === 'task.failed')
        codes.push(`${entry.record.data.fact.task} ${entry.record.data.fact.error.code}`);
    return codes;
  };

  return { world, workflows, give, failures };
}

test('a result that is not what its skill returns fails the attempt, and another one may give it', async () => {
  const { world, workflows, give, failures } = await createScanning();
  const retry = 'retry_policy: { max_attempts: 2, initial_delay: 0s }';
  const run = await world.start(workflows, `- { id: look, requires: [scan], ${retry} }`);
  await give({ look: { fils: 3 } });
  await world.pass(1_000);
  await give({ look: { files: 3 } });

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await failures(run)).toEqual(['look output.mismatch']);
});

test('each part of a shared task is held to its own skill, and who asks for several to none', async () => {
  const { world, workflows, give, failures } = await createScanning();
  const shared = await world.start(workflows, '- { id: audit, requires: [scan, judge], share: true }');
  await give({ audit_judge: 'nothing', audit_scan: 'nothing' });
  expect(await ended(workflows, shared)).toContain('FAILED');
  expect(await failures(shared)).toEqual(['audit_scan output.mismatch']);

  const both = await world.start(workflows, '- { id: audit, requires: [scan, judge] }');
  await give({ audit: 'nothing' });
  expect(await ended(workflows, both)).toContain('COMPLETED');
});
