import { join } from 'node:path';
import type { Advice } from '../adapters/cli/app.ts';
import type { DamagedRun } from '../engine/check-runs.ts';
import type { Slots } from '../ports/slots.ts';
import { definitionOfHash } from './doctor-definitions.ts';
import { mayBeWholeElsewhere } from './doctor-leaders.ts';

const yes = 'workflow doctor --repair --yes';
const runsMax = 10;

type AdviceDeps = {
  readonly projectDir: string;
  readonly slots: Pick<Slots, 'holders'>;
  /** Whether more than one server holds the journal. */
  readonly isReplicated: boolean;
};

/** What can be done about a run that is quarantined, the least harmful first. */
export async function adviceFor(damaged: DamagedRun, deps: AdviceDeps): Promise<readonly Advice[]> {
  const isMissing = damaged.damage.code === 'definition.missing';

  return [
    ...(isMissing ? await definitionAdvice(damaged, deps) : replicaAdvice(damaged, deps)),
    ...tailAdvice(damaged),
    ...forkAdvice(damaged),
    ...parentAdvice(damaged),
    ...childrenAdvice(damaged),
    ...(await slotAdvice(damaged, deps)),
    ...(isMissing ? [] : [backup]),
  ];
}

const backup: Advice = {
  what: 'a backup of the stream from before the damage has it whole; what all runs did since then is lost with it',
  command: 'nats stream restore <backup>',
};

async function definitionAdvice(
  { definition }: DamagedRun,
  { projectDir }: AdviceDeps,
): Promise<readonly Advice[]> {
  if (definition === undefined) return [];
  const { id, version, hash } = definition;
  const found = await definitionOfHash(join(projectDir, 'definitions'), hash);
  if (found !== undefined) return [{ what: `${found.file} is its definition: store it again`, command: yes }];

  return [
    {
      what: `put ${id} v${version} as it was (hash ${hash.slice(0, 12)}) into definitions/, and store it again`,
      command: yes,
    },
  ];
}

function replicaAdvice(damaged: DamagedRun, { isReplicated }: AdviceDeps): readonly Advice[] {
  if (!isReplicated || !mayBeWholeElsewhere(damaged)) return [];

  return [
    {
      what: 'another replica may be whole: have each lead the journal in turn, and look again',
      command: yes,
    },
  ];
}

function tailAdvice({ damage: { code, sequence } }: DamagedRun): readonly Advice[] {
  if (code !== 'journal.truncated') return [];
  const what = `accept that it ends with event ${sequence - 1} and what came after it is lost, as after a restore`;

  return [{ what, command: yes }];
}

function forkAdvice({ run, view }: DamagedRun): readonly Advice[] {
  if (view === undefined || !['running', 'paused'].includes(view.state.phase)) return [];
  const what = `go on in a new run from event ${view.sequence}, the last sound one; what was done since is done again`;

  return [{ what, command: `workflow fork ${run} --at ${view.sequence}` }];
}

function parentAdvice({ view, parent }: DamagedRun): readonly Advice[] {
  if (parent === undefined) return [];
  const task = view?.state.parent?.task;

  return [
    ...(task === undefined
      ? []
      : [
          {
            what: `the run ${parent} waits for it: give its task the output that it needs`,
            command: `workflow complete ${parent} '${task}' --output '{}'`,
          },
        ]),
    { what: `or end the run ${parent} without it`, command: `workflow terminate ${parent}` },
  ];
}

/** Runs that it started go on, and nobody waits for them. */
function childrenAdvice({ children }: DamagedRun): readonly Advice[] {
  return children.slice(0, runsMax).map((child) => ({
    what: `the run ${child} is a part of it, and nobody waits for it any more`,
    command: `workflow cancel ${child}`,
  }));
}

async function slotAdvice({ run, view }: DamagedRun, { slots }: AdviceDeps): Promise<readonly Advice[]> {
  const key = view?.state.concurrencyKey;
  if (key === undefined || !(await slots.holders(key)).includes(run)) return [];

  return [
    {
      what: `it holds a place among the runs of ${key}: give it to others, if no engine goes on with it`,
      command: yes,
    },
  ];
}
