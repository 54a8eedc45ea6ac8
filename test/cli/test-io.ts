// A terminal for tests: keeps what was written, and is interrupted when the test says so.
import type { CliIo } from '../../src/cli/app.ts';
import { systemClock } from '../../src/compose/system-clock.ts';

export type TestIo = CliIo & {
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
};

/** `input` is what stands on stdin; a `prompt` makes it a terminal with a person. */
export function createTestIo(given: Partial<CliIo> & { readonly input?: string } = {}): TestIo {
  const written = { out: '', err: '' };
  const listeners = new Set<() => void>();

  return {
    stdout: (text) => {
      written.out += text;
    },
    stderr: (text) => {
      written.err += text;
    },
    stdoutIsTty: false,
    stderrIsTty: false,
    stdinIsTty: false,
    columns: 100,
    rows: 30,
    env: { USER: 'ana', LANG: 'en_US.UTF-8' },
    cwd: process.cwd(),
    clock: systemClock,
    stdin: () => Promise.resolve(given.input ?? ''),
    stdinLines: async function* () {
      yield* (given.input ?? '').split('\n');
    },
    onInterrupt: (callback) => {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    onExit: () => () => {},
    onResize: () => () => {},
    ...given,
    out: () => written.out,
    err: () => written.err,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}
