import { emitKeypressEvents } from 'node:readline';
import { createInterface } from 'node:readline/promises';
import type { Clock } from '../ports/clock.ts';
import { type Key, pressedKey } from '../terminal/screen/key.ts';
import type { CliIo } from './app.ts';

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const interruptedExit = 130;

/** The terminal and process of the command. */
export function createNodeIo(clock: Clock): CliIo {
  const { stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) ignoreWhenNobodyReads(stream);

  return {
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    stdoutIsTty: stdout.isTTY === true,
    stderrIsTty: stderr.isTTY === true,
    stdinIsTty: stdin.isTTY === true,
    get columns() {
      // A terminal of unknown size reports 0.
      return (stdout.isTTY ? stdout.columns : stderr.columns) || 80;
    },
    get rows() {
      return (stderr.isTTY ? stderr.rows : stdout.rows) || 24;
    },
    env: process.env,
    cwd: process.cwd(),
    clock,
    stdin: readAll,
    streams: { input: stdin, output: stdout },
    stdinLines: () => createInterface({ input: stdin }),
    onInterrupt,
    onExit: (callback) => {
      process.once('exit', callback);
      return () => void process.off('exit', callback);
    },
    onResize: (callback) => {
      stdout.on('resize', callback);
      return () => void stdout.off('resize', callback);
    },
    ...(stdin.isTTY === true && stdout.isTTY === true ? { keys: onKey } : {}),
    ...(stdin.isTTY === true && stderr.isTTY === true ? { prompt: ask } : {}),
  };
}

/** A closed pipe (`workflow list | head`) or terminal is no failure. */
function ignoreWhenNobodyReads(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

/** The second signal ends the process at once, or after `last`, which a third cuts off. Runs are safe either way. */
function onInterrupt(callback: () => void, last?: () => Promise<void>): () => void {
  let asked = 0;
  const leave = (): void => process.exit(interruptedExit);
  const listener = (): void => {
    asked += 1;
    if (asked === 1) callback();
    else if (asked === 2 && last !== undefined) void last().then(leave, leave);
    else leave();
  };
  for (const signal of interrupts) process.on(signal, listener);

  return () => {
    for (const signal of interrupts) process.off(signal, listener);
  };
}

/** Sets the terminal to raw mode, without echo, until the returned function is called. */
function onKey(callback: (key: Key) => void): () => void {
  const { stdin } = process;
  const listener = (text: string | undefined, pressed: object | undefined): void => {
    const key = pressedKey(text, pressed ?? {});
    if (key !== undefined) callback(key);
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.on('keypress', listener);
  stdin.resume();

  return () => {
    stdin.off('keypress', listener);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

/** As much as one value may be: what is larger is refused before it is held in memory. */
export const readBytesMax = 32 * 1024 * 1024;
export const tooLargeText = `it is larger than ${readBytesMax / 1024 / 1024} MiB; values that large belong in files`;

async function readAll(): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    bytes += part.length;
    if (bytes > readBytesMax) throw new Error(tooLargeText);
    parts.push(Buffer.from(part));
  }

  return Buffer.concat(parts).toString('utf8');
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
