import type { Json } from '../../../events/canonical-json.ts';
import { localId } from '../../../machines/compile/address.ts';
import { type Chart, compileChart } from '../../../machines/compile/chart.ts';
import { openTasks } from '../../../machines/compile/task-at.ts';
import type { InputProperty } from '../../../machines/definition.ts';
import { scenarioRun } from '../../../machines/explore/scenario.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { isMapping } from '../../../machines/language/read-tasks.ts';
import { renderInput } from '../../../machines/run/render.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { DefinitionStore } from '../../ports/definition-store.ts';
import type { Journal, Stored } from '../../ports/journal.ts';
import type { Slots } from '../../ports/slots.ts';
import { type AttemptGate, createAttemptGate } from '../attempt-gate.ts';
import type { OtherRuns } from '../other-runs.ts';
import type { Turns } from './turns.ts';

/** Where the run of a rehearsal is, as far as the engine told. */
type Latest = () => Run | undefined;

function inTurn({ ask }: Turns, rank?: number): Promise<void> {
  return new Promise((resolve) => ask(resolve, rank));
}

/** Attempts begin one after another, each in its turn. */
export function gateInTurn(turns: Turns): AttemptGate {
  /** How many may begin now; undefined while nobody is let in. */
  let places: number | undefined;
  const gate = createAttemptGate(() => {
    if (places !== undefined) return places-- > 0;
    turns.ask(() => {
      places = 1;
      gate.opened();
      places = undefined;
    });
    return false;
  });

  return gate;
}

export function slotsInTurn(slots: Slots, turns: Turns): Slots {
  return {
    ...slots,
    acquire: async (key, run, limit) => {
      await inTurn(turns);
      return slots.acquire(key, run, limit);
    },
  };
}

/** The runs that a run starts are nobody's: the script tells how they end. */
export const nobodysRuns: OtherRuns = {
  start: async ({ run }) => ({ ok: true, run, sequence: 1 }),
  workOn: async () => undefined,
  command: async (run) => ({ ok: true, run, sequence: 1 }),
};

/** To the journal of the run they were never begun; given up, they have ended. */
export function journalWithoutOthers(
  journal: Journal,
  { turns, latest, nowhere }: { readonly turns: Turns; readonly latest: Latest; readonly nowhere: Journal },
): Journal {
  const known = new Set<string>();

  return {
    ...journal,
    // Circuit breakers follow what attempts of any run came to: no other run is to open the breakers of this one, and
    // neither is it itself, for whoever explores it knows nothing of them.
    watch: nowhere.watch,
    last: async (id) => {
      if (id === scenarioRun) return journal.last(id);
      const place = latest()?.state.orphans?.findIndex(({ run }) => run === id) ?? -1;
      // Runs that are given up come before all else that an event leads to, in their order. That a run is looked at
      // again because time passes leads to nothing.
      if (place >= 0) await inTurn(turns, place);
      else if (!known.has(id)) await inTurn(turns);
      known.add(id);

      return place < 0 ? undefined : terminated(await journal.last(scenarioRun));
    },
  };
}

function terminated(stored: Stored | undefined): Stored | undefined {
  if (stored?.kind !== 'record') return undefined;
  const { record } = stored;
  const head = { ...record.data.head, status: 'TERMINATED' as const };

  return { ...stored, record: { ...record, data: { ...record.data, head } } };
}

/** Whatever definition a run names is there: it stands for that which will be there. */
export function anyDefinition(definitions: DefinitionStore, turns: Turns): DefinitionStore {
  return {
    ...definitions,
    byId: async (id) => {
      await inTurn(turns);
      return { ref: { id, version: 1, hash: standInHash }, text: '', file: `${id}.yaml` };
    },
  };
}

const standInHash = '0'.repeat(64);
const empty = loadDefinition({
  file: 'stand-in',
  content: '{"workflow": {"id": "stand-in", "version": 1, "tasks": [{"id": "nothing", "type": "NOOP"}]}}',
});
const emptyChart = empty.ok ? compileChart(empty.loaded.definition, empty.loaded.ref) : undefined;

/** The chart of the run, or that of a definition which takes whatever input the run is about to give one. */
export function chartFor(
  hash: string,
  { chart, run }: { readonly chart: Chart; readonly run: Run | undefined },
): Chart {
  if (hash !== standInHash || emptyChart === undefined || run === undefined) return chart;
  // What goes to an input that is secret may hold secrets.
  const any: InputProperty = { required: false, secret: true };
  const input = Object.fromEntries(namesGiven(run).map((name) => [name, any]));

  return { ...emptyChart, definition: { ...emptyChart.definition, input } };
}

/** The names of all that a run may be about to give to other runs. */
function namesGiven(run: Run): readonly string[] {
  const tasks = [...run.chart.plan.values()].map(({ task }) => task);
  const items = tasks.flatMap((task) => (task.type === 'FORK' && task.as !== undefined ? [task.as] : []));
  const given = [...openTasks(run.state.tasks)].flatMap(([address, { state }]) => {
    const delegates = run.chart.plan.get(localId(address))?.task.type === 'SUB_WORKFLOW';
    const input = delegates && state === 'scheduled' ? renderInput(run, address) : undefined;
    return input?.ok === true ? namesOf(input.value) : [];
  });

  return ['item', ...items, ...given];
}

function namesOf(value: Json): readonly string[] {
  return isMapping(value) ? Object.keys(value) : [];
}
