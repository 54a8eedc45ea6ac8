// A command says on descriptor 3 how it fails and how far it has come; nothing bad that it writes there does any harm.
// Method: real children that write good lines, bad ones, far too much or nothing, and that leave others behind.
import { expect, test } from 'vitest';
import type { RunCommand } from '../../machines/task.ts';
import { createCommandHandler } from '../../src/subprocess/command-handler.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';
import { node } from './carry-out.ts';

/** Carries an attempt out, and keeps what was said meanwhile. */
async function carriedOut(run: Partial<RunCommand> & Pick<RunCommand, 'command'>) {
  const attempt = testAttempt({ projectDir: await temporaryProject({}) });
  const ended = await createCommandHandler({ env: {}, ...run })(attempt).catch((error: unknown) => error);

  return { ended, said: attempt.said, messages: attempt.beats.map((beat) => beat?.message) };
}

const sh = (script: string): { readonly command: readonly string[]; readonly shell: 'sh' } => ({
  command: [script],
  shell: 'sh',
});

test.each([
  ['that ends with a failure', 'exit 1'],
  ['that ends well', 'exit 0'],
  ['whose exit code stands for another error', 'exit 3'],
  ['that ends by a signal', 'kill -9 $$'],
])('a command names its error, %s', async (_, end) => {
  const line = '{"error": {"code": "card.declined", "message": "no money", "details": {"card": 4}}}';
  const { ended } = await carriedOut({ ...sh(`echo '${line}' >&3; ${end}`), errors: { '3': 'other' } });

  expect(ended).toMatchObject({
    code: 'card.declined',
    message: 'no money',
    retryable: true,
    details: { card: 4 },
  });
});

test('the last error counts, and may say that another attempt is of no use', async () => {
  const { ended } = await carriedOut(
    sh(`
      echo '{"error": {"code": "first", "message": "1"}}' >&3
      printf '{"error": {"code": "last", "message": "2", "retryable": false}}' >&3`),
  );
  expect(ended).toMatchObject({ code: 'last', retryable: false });
});

test('heartbeats tell progress, and details for the next attempt', async () => {
  const { ended, said, messages } = await carriedOut(
    sh(`
      echo '{"heartbeat": {"details": {"row": 1}, "percent": 5, "message": "one"}}' >&3
      echo '{"heartbeat": {"details": [2]}}' >&3
      echo '{"heartbeat": {}}' >&3
      echo '{"done": true}'`),
  );
  expect(ended).toEqual({ done: true });
  expect(said).toEqual([{ row: 1 }, [2]]);
  expect(messages).toEqual(['one', undefined, undefined]);
});

test.each([
  ['no JSON', 'hello', /^report\.invalid: line 1 on descriptor 3 is no JSON: hello$/],
  // A piece of a secret at the end of a text is found there, and hidden.
  ['long, and no JSON', `x${'hello'.repeat(100)}`, /is no JSON: x[hello]+$/],
  ['another member', '{"heartbeet": {}}', /^report\.invalid: .*is neither/],
  ['an error without a message', '{"error": {"code": "a"}}', /^report\.invalid: .*is neither/],
  ['a number that JSON cannot hold', '{"heartbeat": {"details": 12345678901234567890}}', /^report\.invalid/],
  [
    'a key of the journal',
    '{"heartbeat": {"details": {"$blob": 1}}}',
    /^report\.details: .*only the journal/,
  ],
])('a line that is %s is told, and the work goes on', async (_, line, told) => {
  const { ended, said, messages } = await carriedOut(
    sh(`cat <<'END' >&3\n${line}\n{"heartbeat": {"details": "next"}}\nEND\necho 7`),
  );
  expect(ended).toBe(7);
  expect(messages).toContainEqual(expect.stringMatching(told));
  expect(said).toEqual(['next']);
});

test('details of more than 32 KiB, a line without end and a thousand bad lines leave the work alone', async () => {
  const { ended, said, messages } = await carriedOut({
    command: node(`
      const fs = require('node:fs');
      const write = (text) => { for (let at = 0; at < text.length;) at += fs.writeSync(3, text.slice(at)); };
      write(JSON.stringify({ heartbeat: { details: 'x'.repeat(33_000) } }) + '\\n');
      write('y'.repeat(3_000_000) + '\\n');
      write('z\\n'.repeat(1_000));
      write(JSON.stringify({ heartbeat: { details: 'still here' } }) + '\\n');
      console.log(1);`),
  });
  expect(ended).toBe(1);
  expect(said).toEqual(['still here']);
  const told = messages.filter((message) => message !== undefined);
  expect(told[0]).toMatch(/^report\.details: line 1 .* 33002 bytes/);
  expect(told[1]).toMatch(/^report\.too-long: line 2 /);
  expect(told).toHaveLength(1_002);
});

test.each([
  ['closes the descriptor', 'exec 3>&-; echo 5'],
  ['only reads from it, and ends', '(cat <&3) & echo 5'],
  ['leaves a child behind that has it open', 'sleep 1000 & echo 5'],
  ['leaves a child behind in a session of its own', 'setsid sleep 20 >/dev/null 2>&1 & echo 5'],
])(
  'a command that %s does not keep its attempt',
  async (_, script) => {
    expect((await carriedOut(sh(script))).ended).toBe(5);
  },
  15_000,
);
