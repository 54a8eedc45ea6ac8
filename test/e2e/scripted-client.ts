// Stands for everybody that runs wait for: it watches the journal of a namespace, answers what its script has an answer
// to, and knows when every run has ended.
import type { JournalRecord } from '../../events/record.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import type { RunCommand, Workflows } from '../../src/ports/runs/workflows.ts';

/** What is done as soon as a task gets into a state: approved, completed by hand, signalled. */
export type Reply = {
  readonly task: string;
  readonly state: 'pending_approval' | 'scheduled' | 'awaiting';
  /** One after another. */
  readonly commands: readonly RunCommand[];
};

export type ScriptedClient = {
  /** Resolves when all runs there are have ended. */
  readonly allEnded: Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Refused because the engine let go of the run: whoever has it now is asked. */
const passing: ReadonlySet<string> = new Set(['run.moved']);
const pauseMs = 50;

export function startClient(
  { journal, workflows }: { readonly journal: Journal; readonly workflows: Pick<Workflows, 'command'> },
  script: readonly Reply[],
): ScriptedClient {
  const stopping = new AbortController();
  const open = new Map<string, boolean>();
  const replies = new Set<Promise<void>>();
  const allEnded = watch();

  async function watch(): Promise<void> {
    for await (const stored of journal.watch({ after: 0, signal: stopping.signal })) {
      if (stored.kind === 'foreign') throw new Error(`${stored.run}: ${stored.reason}`);
      take(stored.run, stored.record);
      if ([...open.values()].every((isOpen) => !isOpen)) return;
    }
  }

  function take(run: string, { data: { head, transitions } }: JournalRecord): void {
    open.set(run, !isFinal(head.status));
    for (const { task, to } of transitions) {
      const fitting = script.filter((each) => each.task === task && each.state === to);
      for (const { commands } of fitting) replies.add(reply(run, commands));
    }
  }

  async function reply(run: string, commands: readonly RunCommand[]): Promise<void> {
    for (const command of commands) await insist(run, command);
  }

  /** A command whose answer was lost is given again: then it is refused, because it is done. */
  async function insist(run: string, command: RunCommand): Promise<void> {
    while (!stopping.signal.aborted) {
      const actor = 'by' in command ? command.by : 'test';
      const answer = await workflows.command(run, command, actor).catch(() => undefined);
      if (answer !== undefined && (answer.ok || !passing.has(answer.refusal.code))) return;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  return {
    allEnded,
    stop: async () => {
      stopping.abort();
      await Promise.all([...replies, allEnded.catch(() => undefined)]);
    },
  };
}
