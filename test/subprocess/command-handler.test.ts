// How a command gets its input, and how its failures are told apart. Method: real children. Arguments, environment,
// output and the end of process trees have a file of their own beside this one.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryProject } from '../files/temporary-project.ts';
import { carryOut, node } from './carry-out.ts';

describe('standard input', () => {
  const echoStdin = 'process.stdin.pipe(process.stdout)';

  test('is the input of the task as JSON', async () => {
    expect(await carryOut({ command: node(echoStdin) }, { input: { a: [1, 'ö\n'] } })).toEqual({
      a: [1, 'ö\n'],
    });
  });

  test('is the stdin of the command when it has one', async () => {
    expect(await carryOut({ command: node(echoStdin), stdin: 'plain text' })).toEqual({
      stdout: 'plain text',
    });
    expect(await carryOut({ command: node(echoStdin), stdin: { b: 1 } })).toEqual({ b: 1 });
  });

  test('may be left unread, however much there is', async () => {
    expect(await carryOut({ command: ['true'] }, { input: 'x'.repeat(5_000_000) })).toEqual({ stdout: '' });
  });
});

describe('ways to end badly', () => {
  test('tells the exit code and what standard error said', async () => {
    await expect(
      carryOut({ command: ['echo first >&2; echo "disk on fire" >&2; exit 7'], shell: 'sh' }),
    ).rejects.toMatchObject({
      name: 'TaskError',
      code: 'command.exit',
      retryable: true,
      message: 'sh exited with code 7 saying: disk on fire',
      details: { exit_code: 7, stderr: 'first\ndisk on fire' },
    });
  });

  test('an exit code that the definition names fails with that error, every other one does not', async () => {
    const errors = { '3': 'card.declined' };
    const exits = (code: number) => carryOut({ command: [`echo no >&2; exit ${code}`], shell: 'sh', errors });

    await expect(exits(3)).rejects.toMatchObject({
      code: 'card.declined',
      retryable: true,
      message: 'sh exited with code 3 saying: no',
      details: { exit_code: 3, stderr: 'no' },
    });
    await expect(exits(4)).rejects.toMatchObject({ code: 'command.exit', details: { exit_code: 4 } });
    await expect(exits(0)).resolves.toEqual({ stdout: '' });
  });

  test('tells a signal from an exit', async () => {
    await expect(carryOut({ command: ['kill -9 $$'], shell: 'sh' })).rejects.toMatchObject({
      code: 'command.signal',
      retryable: true,
      details: { signal: 'SIGKILL' },
    });
  });

  test('does not start anything for an attempt that is over already', async () => {
    const project = await temporaryProject();
    const attempt = { projectDir: project, signal: AbortSignal.abort() };
    await expect(carryOut({ command: ['touch', 'started'] }, attempt)).rejects.toMatchObject({
      code: 'command.cancelled',
    });
    await expect(writeFile(join(project, 'started'), '', { flag: 'wx' })).resolves.toBeUndefined();
  });
});
