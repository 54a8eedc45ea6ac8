import { type Chart, compileChart } from '../../../machines/compile/chart.ts';
import { type Scenario, scenarioRun } from '../../../machines/explore/scenario.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { Rehearsals, Rehearsed } from '../../ports/rehearsals.ts';
import { replayRun } from '../load-run.ts';
import { type Difference, differenceAtEnd, differenceIn } from './differences.ts';
import { makeMove } from './make-move.ts';
import { createStage, type Stage, type World } from './stage.ts';

/** Plays each scenario in a world of its own, so that nothing of one is left for the next. */
export function createRehearsals(newWorld: () => World): Rehearsals {
  const charts = new WeakMap<LoadedDefinition, Chart>();

  function chartOf(loaded: LoadedDefinition): Chart {
    const chart = charts.get(loaded) ?? chartAlone(loaded);
    charts.set(loaded, chart);

    return chart;
  }

  return {
    play: async (loaded, scenario) => {
      const [first] = scenario.parts;
      if (first?.move.type !== 'start') return fault(0, 'the first move of a scenario starts the run');
      const stage = createStage(newWorld(), chartOf(loaded), first.move.pace);
      try {
        return await play(stage, scenario);
      } finally {
        await stage.engine.stop();
      }
    },
  };
}

/** A failure workflow is another run, whether its definition is written out in this one or not. */
function chartAlone({ definition, ref }: LoadedDefinition): Chart {
  const { failureWorkflow, ...rest } = definition;
  if (failureWorkflow === undefined) return compileChart(definition, ref);

  return compileChart({ ...rest, failureWorkflow: { kind: 'named', id: failureWorkflow.id } }, ref);
}

async function play(stage: Stage, scenario: Scenario): Promise<Rehearsed> {
  const { records, troubles } = stage;
  for (const [part, { move, records: expected }] of scenario.parts.entries()) {
    const before = records.length;
    const refused = await makeMove(stage, move).catch(messageOf);
    const difference = differenceIn(expected, records.slice(before));
    if (difference !== undefined) return differs(part, difference, refused);
    if (refused !== undefined) return fault(part, refused);
    if (troubles.length > 0) return fault(part, messageOf(troubles[0]));
  }
  const last = scenario.parts.length - 1;
  const message = differenceAtEnd(scenario, stage.latest()) ?? (await replayed(stage));

  return message === undefined ? { ok: true, records: records.length } : fault(last, message);
}

/** Why folding the journal again does not give the same, byte for byte. */
async function replayed({ world, charts }: Stage): Promise<string | undefined> {
  return replayRun(world.journal, charts, scenarioRun).then(() => undefined, messageOf);
}

function differs(part: number, { message, ...records }: Difference, refused: string | undefined): Rehearsed {
  return {
    ok: false,
    part,
    ...records,
    message: refused === undefined ? message : `${message} (${refused})`,
  };
}

function fault(part: number, message: string): Rehearsed {
  return { ok: false, part, expected: undefined, found: undefined, message };
}
