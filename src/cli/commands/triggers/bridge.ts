import { relative, resolve } from 'node:path';
import { dump } from 'js-yaml';
import { siriusTime } from '../../../../machines/sirius-time.ts';
import { appendLinesOnce } from '../../../files/append-line.ts';
import type { CliIo } from '../../app.ts';
import { type BridgeLine, readBridgeLine } from '../../bridge/bridge-line.ts';
import { fileLines } from '../../bridge/file-lines.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

export type BridgeFlags = { readonly watch?: string; readonly answers?: string; readonly as?: string };

export type BridgeCall = {
  /** A line, or `-` for those of stdin; absent with `--watch`. */
  readonly line: string | undefined;
  readonly flags: BridgeFlags;
  /** Carries a command line out, as the program itself does. Resolves with its exit code. */
  readonly run: (argv: readonly string[], io: CliIo) => Promise<number>;
};

type Answer = { readonly code: number; readonly text: string; readonly run?: string };
type Asked = BridgeCall & { readonly invocation: Invocation };

/** Where a station looks for answers. */
const answersPath = '0UT.3OX/WORKFLOW.ANSWERS.yaml';

/** `workflow bridge`: carries out `@workflow` lines as agents type them in a chat. */
export async function bridge(invocation: Invocation, call: BridgeCall): Promise<ExitCode> {
  const { line, flags } = call;
  if ((line === undefined) === (flags.watch === undefined))
    throw new CliFailure(
      'usage.arguments',
      'give a line, - for those of stdin, or --watch <file>',
      invocation.hint('bridge', "'@workflow list'"),
    );
  const asked = { ...call, invocation };
  if (flags.watch !== undefined) return watch(asked, flags.watch);

  return line === '-' ? answerAll(asked) : answerOne(asked, line ?? '');
}

async function answerOne(asked: Asked, line: string): Promise<ExitCode> {
  const read = readBridgeLine(line);
  if (read.kind === 'none')
    throw new CliFailure('usage.no-bridge-line', `${JSON.stringify(line)} does not begin with @workflow`);
  const { code, text } = await answerTo(asked, read);
  if (code === 0) asked.invocation.output.data(text);
  else asked.invocation.output.note(text);

  return code as ExitCode;
}

/** The lines of stdin, each answered on stdout before the next is read. */
async function answerAll(asked: Asked): Promise<ExitCode> {
  const { io, output } = asked.invocation;
  for await (const line of io.stdinLines()) {
    const read = readBridgeLine(line);
    if (read.kind !== 'none') output.data((await answerTo(asked, read)).text);
  }

  return 0;
}

/** Answers what is appended to a file, until the user asks to stop. */
async function watch(asked: Asked, file: string): Promise<ExitCode> {
  const { invocation, flags } = asked;
  const { io, output } = invocation;
  const projectDir = invocation.projectDir();
  const path = inProject(projectDir, resolve(io.cwd, file));
  const answers = inProject(projectDir, resolve(projectDir, flags.answers ?? answersPath));
  if (answers === path) throw new CliFailure('usage.file', `${path} cannot hold its own answers`);
  const ended = new AbortController();
  const stopListening = io.onInterrupt(() => ended.abort());
  try {
    const lines = await fileLines({ projectDir, path, signal: ended.signal });
    output.note(`watching ${path} for @workflow lines; answers go to ${answers}`);
    for await (const { text, id, pass } of lines) {
      const read = readBridgeLine(text);
      if (read.kind === 'none') continue;
      // A start is known again by its key. What else was asked for may mean something else by then.
      if (read.kind === 'command' && !read.starts) await pass();
      const answer = await answerTo(asked, read, `bridge ${id}`);
      await appendAnswer({ projectDir, path: answers, line: text.trim(), id, answer, nowMs: io.clock.now() });
      output.note(`${text.trim()}: ${answer.text.split('\n')[0]}`);
    }
  } finally {
    stopListening();
  }

  return 0;
}

function inProject(projectDir: string, path: string): string {
  const inside = relative(projectDir, path).replaceAll('\\', '/');
  if (inside === '' || inside.startsWith('..'))
    throw new CliFailure('usage.file', `${path} is not in the project ${projectDir}`);

  return inside;
}

/** `key`: the same line, read again after a crash, starts no second run. */
async function answerTo(
  { invocation, flags, run }: Asked,
  read: Exclude<BridgeLine, { kind: 'none' }>,
  key?: string,
): Promise<Answer> {
  if (read.kind === 'problem') return { code: 2, text: read.message };
  const said: string[] = [];
  const told: string[] = [];
  const { prompt: _prompt, keys: _keys, ...io } = invocation.io;
  const env = flags.as === undefined ? io.env : { ...io.env, WORKFLOW_USER: flags.as };
  const ownKey = read.starts && key !== undefined ? ['--key', key] : [];
  const document = read.starts ? ['--json'] : [];
  const argv = ['--project', invocation.projectDir(), '--quiet', ...document, ...read.words, ...ownKey];
  const quiet = { stdoutIsTty: false, stderrIsTty: false, stdinIsTty: false };
  const code = await run(argv, {
    ...io,
    ...quiet,
    env,
    stdout: (text) => void said.push(text),
    stderr: (text) => void told.push(text),
  });
  const text = (code === 0 ? said : [...said, ...told]).join('').trim();

  return read.starts ? startedAnswer(code, (code === 0 ? said : told).join('')) : { code, text };
}

/** A start answers with a document, of which people are told what matters. */
function startedAnswer(code: number, said: string): Answer {
  // Warnings may stand before the document.
  const text = said.slice(Math.max(0, said.indexOf('{')));
  const document = isJson(text) ? text : '{}';
  const { run, definition, owner, error } = JSON.parse(document) as {
    readonly run?: string;
    readonly owner?: string;
    readonly definition?: { readonly id: string; readonly version: number };
    readonly error?: { readonly code: string; readonly message: string; readonly fix?: string };
  };
  if (run !== undefined && definition !== undefined)
    return { code, run, text: startedText(run, definition, owner) };
  if (error === undefined) return { code, text: said.trim() };
  const { code: name, message, fix } = error;

  return { code, text: `error [${name}] ${message}${fix === undefined ? '' : `\ntry: ${fix}`}` };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function startedText(run: string, { id, version }: { id: string; version: number }, owner?: string): string {
  const text = `${id} v${version} is started as run ${run}`;

  return owner === 'adopted' ? `${text}; no engine is up: \`workflow serve\` carries it out` : text;
}

type Written = {
  readonly projectDir: string;
  readonly path: string;
  readonly line: string;
  readonly id: string;
  readonly answer: Answer;
  readonly nowMs: number;
};

/** Appends the answer as a YAML document, in the form of the station's other answers; once for each line. */
async function appendAnswer({ projectDir, path, line, id, answer, nowMs }: Written): Promise<void> {
  const mark = `--- # bridge ${id} `;
  const sirius = siriusTime(new Date(nowMs).toISOString());
  const header = {
    sirius_time: sirius,
    ...(answer.run === undefined ? {} : { workflow_id: answer.run }),
    status: answer.code === 0 ? 'success' : 'failed',
    in_reply_to: line,
  };
  const body = dump({ header, payload: answer.text }, { lineWidth: -1 }).trimEnd();
  await appendLinesOnce({ projectDir, path, lines: [{ text: `${mark}${sirius}\n${body}`, mark }] });
}
