import type { Clock } from '../../../ports/clock.ts';
import { createExpectations } from '../../../projections/run-expectation.ts';
import type { Watching } from '../app.ts';
import type { AgentNow, Known } from './known.ts';
import { createMarkedSight } from './marked-sight.ts';

/** Everything the dashboard knows, kept up to date until it is closed. */
export type Sight = {
  readonly known: () => Known;
  readonly mark: (run: string | undefined) => void;
  readonly refresh: () => void;
  readonly close: () => void;
};

/** Who is there changes without a record. */
const agentsEveryMs = 2_000;

/** `onChange` is called whenever something else would be drawn. */
export function createSight(
  { workflows, board, agents, namespace, url }: Watching,
  { clock, onChange }: { readonly clock: Clock; readonly onChange: () => void },
): Sight {
  const marked = createMarkedSight({ workflows, clock, onChange });
  const expectations = createExpectations();
  let staff: readonly AgentNow[] = [];
  let address: string | undefined;
  let cancel = (): void => {};
  let closed = false;
  for (const line of board.lines()) expectations.note(line);
  const deaf = board.onLanded(({ run, record, line }) => {
    expectations.note(line);
    marked.landed(run, record);
    onChange();
  });

  async function look(): Promise<void> {
    // Undefined where that cannot be read: the agents are told without.
    const depths = await agents.depths();
    staff = agents.agents(depths).map(({ name, workers }) => {
      const waiting = depths?.get(name)?.waiting;
      const running = workers.reduce((sum, worker) => sum + worker.running, 0);
      return { name, workers: workers.length, running, ...(waiting === undefined ? {} : { waiting }) };
    });
    address = await url();
    if (closed) return;
    onChange();
    cancel = clock.after(agentsEveryMs, () => void look());
  }
  void look();

  return {
    known: () => {
      const view = marked.view();
      const typical = view === undefined ? undefined : expectations.typical(view.state.definition);
      return {
        namespace,
        position: board.position(),
        isLive: board.isLive(),
        lines: board.lines(),
        records: marked.records(),
        agents: staff,
        ...(view === undefined ? {} : { view }),
        ...(typical === undefined ? {} : { typical }),
        ...(address === undefined ? {} : { url: address }),
      };
    },
    mark: marked.mark,
    refresh: () => {
      marked.refresh();
      onChange();
    },
    close: () => {
      closed = true;
      cancel();
      deaf();
      marked.close();
    },
  };
}
