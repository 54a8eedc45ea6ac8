import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { attemptKeyOf, type Report, type ReportAnswer, type WorkItem } from '../../events/worker-protocol.ts';
import { formatDuration } from '../../machines/language/duration.ts';
import { siriusTime } from '../../machines/sirius-time.ts';
import { isAbsent } from '../files/file-failure.ts';
import { resolveInProject } from '../files/project-path.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { createTurnsPerKey, type TurnsPerKey } from '../lib/serial-queue.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { Roster } from '../ports/work/agent-admin.ts';
import { WorkItemTooLarge, type WorkQueue, WorkQueueUnavailable } from '../ports/work/work-queue.ts';
import type { AgentAnswer } from './answer-text.ts';
import { createClaims } from './claims.ts';
import { claimOf, isAnswerTo, stemOf, taskFileName } from './names.ts';
import { createOpenAttempts, type OfferedAttempt, type OpenAttempts } from './open-attempts.ts';
import { createOutbox } from './outbox.ts';
import { createSetAside } from './rejected-files.ts';
import { unlinkIfThere } from './rename-file.ts';
import { reportAnswer, type SendReport, type Verdict } from './report-answer.ts';
import { createRounds } from './rounds.ts';

const taskBytesMax = 1024 * 1024;

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
  const turns = createTurnsPerKey();
  const answered = new Set<string>();
  const setAside = createSetAside();
  const taker = { pid: process.pid, id: randomBytes(4).toString('hex') };
  const watched = new Map<string, Watched>();
  const tasks = createTaskFiles({
    ...{ projectDir, open, turns },
    foldersOf: (agent) => foldersOf(roster, agent),
    isAnswered: (stem) => answered.has(stem),
  });
  const takeAway = (agent: string, attemptKey: string) =>
    tasks.withdraw({ agent, attemptKey, reason: 'it is answered' });
  const send: SendReport = (agent, report) => options.report(agent, report).catch(() => undefined);

  async function report(outbox: string, answer: AgentAnswer): Promise<Verdict> {
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
    const told = { report: (answer: AgentAnswer) => report(path, answer), takeAway, onTrouble, onEvent };
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
    if (text === last.text && clock.steady() - last.atMs < toldEveryMs) return;
    last = { text, atMs: clock.steady() };
    tell(error);
  };
}

function foldersOf(roster: Pick<Roster, 'find'>, agent: string): Folders | undefined {
  const transport = roster.find(agent)?.transport;

  return transport?.kind === 'files' ? transport : undefined;
}

type Folders = { readonly inbox: string; readonly outbox: string };

type TaskFilesDeps = {
  readonly projectDir: string;
  readonly open: OpenAttempts;
  /** One change of the files of a task at a time. */
  readonly turns: TurnsPerKey;
  /** Where an agent looks for tasks and answers them; undefined when it is not reached by files. */
  readonly foldersOf: (agent: string) => Folders | undefined;
  /** Whether an answer about the task is being reported. */
  readonly isAnswered: (stem: string) => boolean;
};

/** The files in the inboxes of agents. */
function createTaskFiles(deps: TaskFilesDeps): Pick<WorkQueue, 'offer' | 'withdraw'> {
  const { projectDir, open, turns } = deps;

  async function offer(item: WorkItem): Promise<void> {
    const folders = deps.foldersOf(item.agent);
    if (folders === undefined)
      throw new WorkQueueUnavailable(
        `the agent ${item.agent} has no folder for its tasks; see its transport in agents.yaml`,
      );
    const stem = stemOf(item);
    const replyAs = `response-${stem}.yaml`;
    const text = taskText(item, { replyTo: folders.outbox, replyAs });
    const bytes = Buffer.byteLength(text);
    if (bytes > taskBytesMax) throw new WorkItemTooLarge(attemptKeyOf(item), bytes, taskBytesMax);

    const known = await open.find(stem);
    if (known !== undefined) {
      const isSame =
        known.key === attemptKeyOf(item) && known.agent === item.agent && known.inbox === folders.inbox;
      if (isSame && (deps.isAnswered(stem) || (await isThere(item, folders)))) return;
      if (!isSame) await removeTask(stem, known);
    }
    // The note comes first: an agent that is quick would otherwise answer what nobody knows of.
    await open.keep(stem, openAttempt(item, folders));
    await writeAtomically({ projectDir, path: `${folders.inbox}/${taskFileName(stem)}`, text });
  }

  /** Whether an agent can take the task, has taken it, or has answered it. */
  async function isThere(item: WorkItem, { inbox, outbox }: Folders): Promise<boolean> {
    const stem = stemOf(item);
    const inside = await namesIn(projectDir, inbox);
    if (inside.some((name) => name === taskFileName(stem) || claimOf(name)?.stem === stem)) return true;

    return (await namesIn(projectDir, outbox)).some((name) => isAnswerTo(item, name));
  }

  /** A worker that claimed the file sees by its absence that it has nothing more to do. */
  async function removeTask(stem: string, { inbox }: OfferedAttempt): Promise<void> {
    const folder = await resolveInProject(projectDir, inbox);
    const claims = (await namesIn(projectDir, inbox)).filter((name) => claimOf(name)?.stem === stem);
    for (const name of [taskFileName(stem), ...claims]) await unlinkIfThere(join(folder, name));
  }

  return {
    offer: (item) => turns.take(stemOf(item), () => offer(item)).catch(asUnavailable),
    withdraw: ({ attemptKey }) => {
      const stem = stemOf(placeOfAttempt(attemptKey));

      return turns.take(stem, async () => {
        const known = await open.find(stem);
        if (known?.key !== attemptKey) return;
        await removeTask(stem, known);
        await open.drop(stem);
      });
    },
  };
}

/** The names in a folder of the project; none while it is not there. */
async function namesIn(projectDir: string, path: string): Promise<readonly string[]> {
  try {
    return await readdir(await resolveInProject(projectDir, path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function openAttempt(item: WorkItem, { inbox }: Folders): OfferedAttempt {
  const { run, task, attempt, token, agent, heartbeatTimeoutMs } = item;
  const limit = heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs };

  return { run, task, attempt, key: attemptKeyOf(item), token, agent, inbox, ...limit };
}

/** `<run>/<task>/<attempt>`. */
function placeOfAttempt(key: string): { readonly run: string; readonly task: string } {
  return { run: key.slice(0, key.indexOf('/')), task: key.slice(key.indexOf('/') + 1, key.lastIndexOf('/')) };
}

function asUnavailable(error: unknown): never {
  if (error instanceof WorkItemTooLarge || error instanceof WorkQueueUnavailable) throw error;

  throw new WorkQueueUnavailable(`the task could not be put into its folder: ${messageOf(error)}`, {
    cause: error,
  });
}

/** The file that an agent finds in its inbox. `replyTo` is the folder that it answers in, `replyAs` the file. */
function taskText(item: WorkItem, reply: { readonly replyTo: string; readonly replyAs: string }): string {
  const { timeoutMs, heartbeatTimeoutMs } = item;

  return dump(
    {
      header: {
        sirius_time: siriusTime(item.offeredAt),
        workflow_id: item.run,
        task_id: item.task,
        task_name: item.name ?? item.task,
        ...(item.level === undefined ? {} : { agent_level: item.level }),
        assigned_to: item.agent,
        ...(timeoutMs === undefined ? {} : { timeout: formatDuration(timeoutMs) }),
        ...(heartbeatTimeoutMs === undefined
          ? {}
          : { heartbeat_timeout: formatDuration(heartbeatTimeoutMs) }),
        requires_response: true,
        attempt: item.attempt,
        key: item.key,
        attempt_key: attemptKeyOf(item),
        token: item.token,
        traceparent: item.traceparent,
        definition: item.definition,
        ...(item.lastDetails === undefined ? {} : { last_details: item.lastDetails }),
        ...(item.team === undefined ? {} : { team: item.team }),
      },
      payload: item.input,
      routing: { urgency: 'normal', reply_to: reply.replyTo, reply_as: reply.replyAs },
    },
    { noRefs: true, lineWidth: 120 },
  );
}
