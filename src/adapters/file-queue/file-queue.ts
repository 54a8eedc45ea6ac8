import { randomBytes } from 'node:crypto';
import type { Report, ReportAnswer } from '../../../events/worker-protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { Roster } from '../../ports/roster.ts';
import type { WorkQueue } from '../../ports/work-queue.ts';
import type { Answer } from './answer-text.ts';
import { createClaims } from './claims.ts';
import { stemOf } from './names.ts';
import { createOpenAttempts } from './open-attempts.ts';
import { createOutbox } from './outbox.ts';
import { reportAnswer, type SendReport, type Verdict } from './report-answer.ts';
import { createRounds } from './rounds.ts';
import { createSetAside } from './set-aside.ts';
import { createTaskFiles, type Folders } from './task-files.ts';
import { createTurns } from './turns.ts';

export type FileQueueOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Who is reached by which folders. */
  readonly roster: Pick<Roster, 'agents' | 'find' | 'onChange'>;
  /** Tells the engine that owns the run, on behalf of an agent. Rejects when nobody answers. */
  readonly report: (agent: string, report: Report) => Promise<ReportAnswer>;
  /** Told when files cannot be read or written. Nothing is lost: it is tried again. */
  readonly onTrouble: (error: unknown) => void;
};

/** Brings attempts to agents as files in a folder, and their answers from another one. */
export type FileQueue = Pick<WorkQueue, 'offer' | 'withdraw'> & { readonly close: () => Promise<void> };

type Watched = { readonly end: () => Promise<void> };

/** How often the folders are looked into, whatever the system tells. */
const everyMs = 500;
const toldEveryMs = 60_000;

/** See docs/files-queue.md. Several engines may look into the same folders. */
export function createFileQueue(options: FileQueueOptions): FileQueue {
  const { projectDir, clock, roster } = options;
  const onTrouble = nowAndThen(clock, options.onTrouble);
  const open = createOpenAttempts(projectDir);
  const turns = createTurns();
  const answered = new Set<string>();
  const setAside = createSetAside();
  const taker = { pid: process.pid, id: randomBytes(4).toString('hex') };
  const watched = new Map<string, Watched>();
  const tasks = createTaskFiles({
    ...{ projectDir, open, turns },
    foldersOf: (agent) => foldersOf(roster, agent),
    isAnswered: (stem) => answered.has(stem),
  });
  const takeAway = (agent: string, key: string) => tasks.withdraw({ agent, key, reason: 'it is answered' });
  const send: SendReport = (agent, report) => options.report(agent, report).catch(() => undefined);

  async function report(outbox: string, answer: Answer): Promise<Verdict> {
    const { agent, workflow_id: run, task_id: task } = answer.header;
    if (foldersOf(roster, agent)?.outbox !== outbox) {
      return {
        kind: 'refused',
        reason: `answer.wrong-folder: ${agent} is no agent that answers in ${outbox}`,
      };
    }

    return reportAnswer(send, answer, await open.find(stemOf({ run, task })));
  }

  function watchOutbox(path: string): Watched {
    const onEvent = () => rounds.nudge();
    const told = { report: (answer: Answer) => report(path, answer), takeAway, onTrouble, onEvent };
    const outbox = createOutbox({ ...options, ...told, path, taker, setAside, answered });
    const rounds = createRounds({ clock, everyMs, round: outbox.round, onTrouble });

    return { end: () => rounds.end().then(outbox.close) };
  }

  function watchInbox(path: string): Watched {
    const onEvent = () => rounds.nudge();
    const claims = createClaims({ ...options, path, open, turns, send, onTrouble, onEvent });
    const rounds = createRounds({ clock, everyMs, round: claims.round, onTrouble });

    return { end: () => rounds.end().then(claims.close) };
  }

  /** Folders that no agent has any more are left alone; what was begun there is ended first. */
  function watchAll(): void {
    const wanted = new Map<string, () => Watched>();
    for (const { name } of roster.agents()) {
      const folders = foldersOf(roster, name);
      if (folders === undefined) continue;
      wanted.set(`in ${folders.inbox}`, () => watchInbox(folders.inbox));
      wanted.set(`out ${folders.outbox}`, () => watchOutbox(folders.outbox));
    }
    for (const [name, { end }] of watched) {
      if (wanted.has(name)) continue;
      watched.delete(name);
      end().catch(onTrouble);
    }
    for (const [name, begin] of wanted) if (!watched.has(name)) watched.set(name, begin());
  }

  watchAll();
  const forget = roster.onChange(watchAll);

  return {
    ...tasks,
    close: async () => {
      forget();
      await Promise.all([...watched.values()].map(({ end }) => end()));
    },
  };
}

/** The same trouble comes with every look; it is told once a minute. */
function nowAndThen(clock: Clock, tell: (error: unknown) => void): (error: unknown) => void {
  let last = { text: '', atMs: 0 };

  return (error) => {
    const text = messageOf(error);
    if (text === last.text && clock.now() - last.atMs < toldEveryMs) return;
    last = { text, atMs: clock.now() };
    tell(error);
  };
}

function foldersOf(roster: Pick<Roster, 'find'>, agent: string): Folders | undefined {
  const transport = roster.find(agent)?.transport;

  return transport?.kind === 'files' ? transport : undefined;
}
