import { canonicalJson } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import { protocolVersion, type Report } from '../../../events/worker-protocol.ts';
import { openTasks } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { seal } from '../../../machines/run/record/create-record.ts';
import type { Run } from '../../../machines/run/run.ts';
import { tokenOf } from '../../../src/engine/attempts/work-item.ts';
import { remoteTask } from '../laws/holders.ts';
import { createLink } from './link.ts';
import type { Setting } from './setting.ts';

/** What the engines of a world make the tokens of items with. */
export const engineSecret = 'secret of engines';

/**
 * Somebody reports about an attempt that they do not have: with a token that they made up, or as a worker of an agent
 * that had the attempt once, with the token of that time.
 */
export function forgeReport({ world, court, work, agents }: Setting): void {
  const { random } = world;
  const open = [...court.dockets().values()].flatMap((docket) => openAttempts(docket.run()));
  if (open.length === 0) return;
  const { run, task, attempt, worker, owner } = random.pick(open);
  const { agent } = random.pick(agents);
  const isMadeUp = agent === owner || random.chance(0.5);
  const of = {
    protocol: protocolVersion,
    run,
    task,
    attempt,
    token: isMadeUp ? 'made up' : tokenOf(engineSecret, `${run}/${task}/${attempt}`, agent),
    worker: isMadeUp ? worker : `worker-${agent}-1.0`,
  } as const;
  const report: Report = random.chance(0.5)
    ? { ...of, kind: 'start' }
    : { ...of, kind: 'complete', output: { token: `forged by ${of.worker}` } };
  work.tell(createLink(world, 'stranger', { onCrash: () => undefined }), agent, report);
}

/** The attempts of agents that are not over, with who has them. */
function openAttempts({ state, chart }: Run) {
  return [...openTasks(state.tasks)].flatMap(
    ([task, { attempt, worker = 'worker-nobody-1.1', assigned }]) => {
      const performer = remoteTask({ chart }, task)?.performer;
      if (performer === undefined) return [];
      const owner = performer.kind === 'agent' ? performer.agent : assigned?.[0]?.agent;

      return [{ run: state.run, task, attempt, worker, owner }];
    },
  );
}

/** A release to come writes an event of a run that no run can be understood without. It is sound, and in its place. */
export function writeNews({ world, court, stream }: Setting): void {
  const open = [...court.dockets()].filter(([id, docket]) => {
    const { status, phase } = docket.run().state;
    return !court.isSetAside(id) && !isFinal(status) && phase === 'running';
  });
  if (open.length === 0) return;
  const [id, docket] = world.random.pick(open);
  const run = docket.run();
  const fact = { type: 'signal.received', data: { name: 'news', data: null, tasks: [] } };
  const { body } = seal(run, { fact: fact as Fact, time: run.time, actor: 'news', request: undefined });
  const { hash: _hash, ...record } = JSON.parse(body);
  court.setAside(id, 'newer record');
  world.trace(`!! a release to come writes event ${run.sequence + 1} of ${id.slice(-4)}`);
  const news = { ...record, critical: ['of-a-release-to-come'] };
  stream.plant(id, canonicalJson({ ...news, hash: sha256Hex(canonicalJson(news)) }));
}
