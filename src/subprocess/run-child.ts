import { once } from 'node:events';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import type { Attempt } from '../ports/work/handler.ts';
import { type CommandReport, readReport, reportDescriptor } from './command-report.ts';
import { startGroup } from './process-group.ts';

const stdoutBytesMax = 1024 * 1024;

const stderrBytesMax = 4 * 1024;

/** How long output may still come after the last process of the group is gone. */
const drainMsMax = 1000;

const heartbeatEveryMs = 1000;

export type ChildPlan = {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly graceMs: number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly heartbeat: Attempt['heartbeat'];
  readonly details: Attempt['details'];
  /** Called in the same turn in which the child was started, and only when it was. */
  readonly onStarted: (pid: number) => void;
};

export type ChildOutcome = {
  /** Why we ended it, when we did. */
  readonly ended?: 'aborted' | 'timeout' | 'too-large';
  /** The system's reason why it could not be started. */
  readonly notStarted?: string;
  readonly exitCode?: number;
  readonly killedBy?: string;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** What it said on descriptor 3; absent where it was not started. */
  readonly report?: CommandReport;
  readonly timeoutMs: number | undefined;
};

/** Runs one child to its end, and ends whatever it left running. Never rejects for what the child does. */
export async function runChild(plan: ChildPlan): Promise<ChildOutcome> {
  const { timeoutMs } = plan;
  if (plan.signal.aborted) return { ended: 'aborted', stdout: Buffer.alloc(0), stderr: '', timeoutMs };

  const { child, group } = startGroup(() => start(plan));
  let ended: ChildOutcome['ended'];
  const end = (reason: NonNullable<ChildOutcome['ended']>) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    ended ??= reason;
    void group?.end(plan.graceMs);
  };
  const abort = () => end('aborted');
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), timeoutMs);
  plan.signal.addEventListener('abort', abort, { once: true });
  if (child.pid !== undefined) plan.onStarted(child.pid);

  const stdout = collectHead(child.stdout, stdoutBytesMax, () => end('too-large'));
  const stderr = collectTail(child.stderr, stderrBytesMax);
  const said = child.stdio[reportDescriptor];
  const report = said instanceof Readable ? readReport(said, plan) : undefined;
  beatOnOutput(child, stderr, plan.heartbeat);
  const drained = child.pid === undefined ? undefined : drainAfterExit(child, () => group?.end(plan.graceMs));

  const result = await child;
  await drained;
  clearTimeout(timer);
  plan.signal.removeEventListener('abort', abort);

  return {
    ...(ended === undefined ? {} : { ended }),
    ...(child.pid === undefined ? { notStarted: result.code ?? String(result.originalMessage) } : {}),
    ...(child.exitCode === null ? {} : { exitCode: child.exitCode }),
    ...(child.signalCode === null ? {} : { killedBy: child.signalCode }),
    stdout: stdout.bytes(),
    stderr: stderr.bytes().toString('utf8').trim(),
    ...(report === undefined ? {} : { report }),
    timeoutMs,
  };
}

type Child = ReturnType<typeof start>;

/** In a process group of its own (`detached`), so that the whole tree can be ended by one signal. */
function start({ file, args, cwd, env, stdin }: ChildPlan) {
  return execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    input: stdin,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
}

/** Output is the sign of life of a command; what it says on standard error is taken for its progress. */
function beatOnOutput(child: Child, stderr: Collected, heartbeat: Attempt['heartbeat']): void {
  let beatAtMs = performance.now();
  const beat = () => {
    const nowMs = performance.now();
    if (nowMs - beatAtMs < heartbeatEveryMs) return;
    beatAtMs = nowMs;
    const message = stderr.bytes().toString('utf8').trim().split('\n').at(-1)?.slice(0, 200);
    heartbeat(message ? { message } : undefined);
  };
  child.stdout.on('data', beat);
  child.stderr.on('data', beat);
}

/**
 * A command may exit and leave children behind that hold its output open. They are ended with it; one that left the
 * group cannot be, but it does not keep the attempt waiting.
 */
async function drainAfterExit(child: Child, endGroup: () => Promise<void> | undefined): Promise<void> {
  const closed = once(child, 'close');
  await once(child, 'exit');
  await endGroup();
  const timer = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
    child.stdio[reportDescriptor]?.destroy();
  }, drainMsMax);
  await closed;
  clearTimeout(timer);
}

type Collected = {
  /** Everything so far, or its end when `keep` is `tail`. */
  readonly bytes: () => Buffer;
  /** Whether there was more than is kept. */
  readonly overflowed: () => boolean;
};

/** Keeps the first bytes of a stream and calls back once when there are more. */
function collectHead(stream: Readable, bytesMax: number, onOverflow: () => void): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let overflowed = false;
  stream.on('data', (chunk: Buffer) => {
    if (overflowed) return;
    const room = bytesMax - kept;
    chunks.push(chunk.subarray(0, room));
    kept += Math.min(chunk.length, room);
    if (chunk.length <= room) return;
    overflowed = true;
    onOverflow();
  });

  return { bytes: () => Buffer.concat(chunks), overflowed: () => overflowed };
}

/** Keeps the last bytes of a stream, however much there is. */
function collectTail(stream: Readable, bytesMax: number): Collected {
  let tail = Buffer.alloc(0);
  let overflowed = false;
  stream.on('data', (chunk: Buffer) => {
    const joined = Buffer.concat([tail, chunk.subarray(-bytesMax)]);
    overflowed ||= tail.length + chunk.length > bytesMax;
    // A copy, because a view would keep the whole chunk alive.
    tail = Buffer.from(joined.subarray(-bytesMax));
  });

  return { bytes: () => tail, overflowed: () => overflowed };
}
