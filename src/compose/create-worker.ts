import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { Hello } from '../../events/worker-protocol.ts';
import { agentNameRule, isAgentName } from '../../machines/agents/agent-name.ts';
import { TaskError } from '../ports/work/handler.ts';
import type { WorkerLink } from '../ports/work/worker-link.ts';
import type { Login } from '../stores/jetstream/connection/dial.ts';
import { connectWorkerLink } from '../stores/jetstream/queue/worker-link.ts';
import { type Introduction, type RunningWorker, runWorker } from '../worker/run-worker.ts';
import type { WorkHandlers } from '../worker/work.ts';
import { bringUpServer, namespaceFrom } from './session/project-server.ts';
import { systemClock } from './system-clock.ts';

export type { Json } from '../../events/canonical-json.ts';
export type { Work, WorkHandler, WorkHandlers } from '../worker/work.ts';

export type WorkerOptions = {
  /** Whose work it takes: the `assigned_to` of tasks. */
  readonly agent: string;
  /** By the id of their task, `*` for all others; or one for all. */
  readonly handlers: WorkHandlers;
  /** What the agent can do, where agents.yaml does not say. */
  readonly skills?: readonly string[];
  readonly level?: 'L0' | 'L1' | 'L2' | 'L3';
  readonly department?: string;
  /** How many attempts it carries out at a time; 1 without. */
  readonly capacity?: number;
  /** The address of the NATS server, with credentials if it needs any; `NATS_URL` without. */
  readonly url?: string;
  /** The folder of the project whose own server is used where no address is given; the current one without. */
  readonly project?: string;
  /** `WORKFLOW_NAMESPACE` without, else `default`. */
  readonly namespace?: string;
  /** A name that no other worker has; made up without. */
  readonly worker?: string;
  readonly language?: string;
  /** How long what is under way may take to end after SIGTERM or SIGINT; 10 s without, `false`: they are not heard. */
  readonly drainOnSignalMs?: number | false;
  /** Told what a person should know. */
  readonly onProgress?: (message: string) => void;
};

export type Worker = {
  readonly name: string;
  /** Resolves when the worker takes work, with the address of the server; rejects when that cannot be reached. */
  readonly ready: Promise<{ readonly url: string }>;
  /** Takes nothing more, lets what is under way end for 10 s or so long, gives the rest back, and disconnects. */
  drain(graceMs?: number): Promise<void>;
  /** The same at once. */
  stop(): Promise<void>;
};

/** What a worker says of itself does not fit. The reaction: correct the options. */
export class WorkerInvalid extends Error {
  override readonly name = 'WorkerInvalid';
  readonly code = 'usage.worker';

  constructor(agent: string, problems: string) {
    super(`the worker of ${JSON.stringify(agent)} cannot be: ${problems}`);
  }
}

/** A failure of an attempt that is understood: a stable code, and whether another attempt may help. */
export const TaskFailure = TaskError;
export type TaskFailure = TaskError;

const Introducing = Hello.omit({
  protocol: true,
  running: true,
  utilisation: true,
  startedAt: true,
  everyMs: true,
  leaving: true,
});
const drainMsDefault = 10_000;

/** A worker in this process. Throws WorkerInvalid. */
export function createWorker(options: WorkerOptions): Worker {
  const introduction = introductionOf(options);
  const running = start(options, introduction);
  let ended: Promise<void> | undefined;
  const drain = (graceMs = drainMsDefault): Promise<void> => {
    ended ??= end(running, graceMs).finally(forget);
    return ended;
  };
  const { drainOnSignalMs = drainMsDefault } = options;
  const forget =
    drainOnSignalMs === false ? () => {} : onSignal(() => void drain(drainOnSignalMs).catch(() => {}));

  return {
    name: introduction.worker,
    ready: running.then(({ shared }) => ({ url: shared.link.url })),
    drain,
    stop: () => drain(0),
  };
}

type Started = { readonly worker: RunningWorker; readonly shared: SharedLink };

async function start(options: WorkerOptions, introduction: Introduction): Promise<Started> {
  const { handlers, onProgress = () => {} } = options;
  const shared = await shareLink({
    ...(await addressOf(options)),
    namespace: options.namespace ?? namespaceFrom(process.env),
    name: introduction.worker,
    onProgress,
  });

  return {
    worker: runWorker(introduction, { link: shared.link, clock: systemClock, handlers, onProgress }),
    shared,
  };
}

async function end(running: Promise<Started>, graceMs: number): Promise<void> {
  const { worker, shared } = await running;
  try {
    await worker.drain(graceMs);
  } finally {
    await shared.release();
  }
}

async function addressOf({
  url,
  project = '.',
  onProgress = () => {},
}: WorkerOptions): Promise<Pick<LinkOptions, 'url' | 'login'>> {
  const named = url ?? process.env['NATS_URL'] ?? '';
  if (named !== '') return { url: named };
  const server = await bringUpServer(project, onProgress);

  return { url: server.url, login: server.login };
}

function introductionOf(options: WorkerOptions): Introduction {
  const { agent, skills = [], capacity = 1, level, department, language = 'javascript' } = options;
  const introduction = {
    agent,
    skills: [...skills],
    capacity,
    language,
    worker: options.worker ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    host: hostname(),
    pid: process.pid,
    ...(level === undefined ? {} : { level }),
    ...(department === undefined ? {} : { department }),
  };
  const checked = Introducing.safeParse(introduction);
  if (!checked.success) throw new WorkerInvalid(agent, z.prettifyError(checked.error));

  if (!isAgentName(agent))
    throw new WorkerInvalid(agent, `its agent has too long a name: expected ${agentNameRule}`);

  return checked.data;
}

/** The process ends by itself once nothing in it is open any more; a second signal ends it at once. */
function onSignal(callback: () => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.once(signal, callback);

  return () => {
    for (const signal of signals) process.off(signal, callback);
  };
}

type LinkOptions = {
  readonly url: string;
  /** Who this is on the project's own server. */
  readonly login?: Login | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly onProgress: (message: string) => void;
};

type SharedLink = { readonly link: WorkerLink & { readonly url: string }; release(): Promise<void> };

type Open = { readonly link: ReturnType<typeof connectWorkerLink>; users: number };

const open = new Map<string, Open>();

/** The connection of this process to that server: workers of several agents share it. The last one closes it. */
async function shareLink(options: LinkOptions): Promise<SharedLink> {
  const key = `${options.namespace} ${options.url}`;
  const shared = open.get(key) ?? { link: connectWorkerLink(options), users: 0 };
  open.set(key, shared);
  shared.users += 1;
  const forget = (): boolean => {
    shared.users -= 1;
    if (shared.users === 0) open.delete(key);

    return shared.users === 0;
  };
  try {
    const link = await shared.link;

    return { link, release: async () => void (forget() && (await link.close())) };
  } catch (error) {
    forget();
    throw error;
  }
}
