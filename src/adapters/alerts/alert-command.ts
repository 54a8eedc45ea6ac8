import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AlertNotDelivered } from '../../ports/alert-delivery.ts';
import type { Alert } from '../../ports/alert-feed.ts';
import { messageOf } from '../../ports/message-of.ts';

const graceMs = 2_000;
/** What it left running may hold its output open; that is read no longer. */
const drainMs = 500;
const shownMax = 300;
const keptBytesMax = 4_096;
/** What the command sees of our environment: credentials and secrets stay here. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

type Where = { readonly projectDir: string; readonly runMsMax: number };

/**
 * Runs the command with the alert as JSON on its stdin. Whatever it writes is read and thrown away but for the
 * beginning; after `runMsMax` it is ended with all that it started. Rejects with AlertNotDelivered unless it ends
 * with 0.
 */
export async function runAlertCommand(
  alert: Alert,
  [program = '', ...args]: readonly string[],
  where: Where,
): Promise<void> {
  const child = spawn(program, args, {
    cwd: where.projectDir,
    env: environmentOf(alert),
    stdio: ['pipe', 'ignore', 'pipe'],
    // A group of its own: what it starts is ended with it.
    detached: true,
  });
  endWithUs(child);
  const errors = beginningOf(child);
  // Who does not read what it is told has been told all the same.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(alert));
  const ended = await endOf(child, where.runMsMax);
  // What it left running is not waited for.
  if (typeof ended !== 'number' || ended === 0) child.stderr.destroy();
  if (ended === 0) return;
  const why = typeof ended === 'number' ? `exit code ${ended}: ${await errors()}` : ended;

  throw new AlertNotDelivered(
    `${program}: ${why
      .slice(0, shownMax)
      .replace(/\p{Cc}+/gu, ' ')
      .trim()}`,
  );
}

const running = new Set<ChildProcess>();
let isWatching = false;

/** A group of its own outlives us otherwise. */
function endWithUs(child: ChildProcess): void {
  running.add(child);
  const forget = (): void => void running.delete(child);
  child.once('exit', forget).on('error', forget);
  if (isWatching) return;
  isWatching = true;
  process.once('exit', () => {
    for (const each of running) signalGroup(each, 'SIGKILL');
  });
}

/** The exit code, or in words why there is none. */
async function endOf(child: ChildProcess, runMsMax: number): Promise<number | string> {
  const timer = new AbortController();
  const exit = once(child, 'exit', { signal: timer.signal });
  const late = delay(runMsMax, 'late' as const, { signal: timer.signal });
  try {
    const first = await Promise.race([exit, late]);
    if (first === 'late') {
      await endGroup(child);
      return `it took longer than ${runMsMax / 1_000} s`;
    }
    const [code, signal] = first as [number | null, string | null];

    return code ?? `it was ended by ${signal}`;
  } catch (error) {
    return `it cannot be run: ${messageOf(error)}`;
  } finally {
    timer.abort();
    // Whichever was not waited for is over now.
    await Promise.allSettled([exit, late]);
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await delay(graceMs);
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** Reads all that the command says of what went wrong and keeps the beginning, so that it never has to wait for us. */
function beginningOf({ stderr }: ChildProcess): () => Promise<string> {
  const kept: Buffer[] = [];
  let bytes = 0;
  stderr?.on('data', (chunk: Buffer) => {
    if (bytes >= keptBytesMax) return;
    kept.push(chunk.subarray(0, keptBytesMax - bytes));
    bytes += chunk.length;
  });

  return async () => {
    if (stderr === null) return '';
    await Promise.race([finished(stderr).catch(() => undefined), delay(drainMs)]);
    stderr.destroy();

    return Buffer.concat(kept).toString();
  };
}

function environmentOf(alert: Alert): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    inherited.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

  return { ...env, WORKFLOW_ALERT: alert.rule, WORKFLOW_ALERT_ID: alert.id, WORKFLOW_RUN: alert.run ?? '' };
}
