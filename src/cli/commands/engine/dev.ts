import { basename, extname, join, relative } from 'node:path';
import { defined } from '../../../../machines/language/defined.ts';
import { didYouMean } from '../../../../machines/language/suggest.ts';
import { createSerialQueue } from '../../../lib/serial-queue.ts';
import { messageOf, safeLines } from '../../../lib/text.ts';
import type { FolderDefinition } from '../../../ports/definitions/definitions-folder.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { cliFailureOf } from '../../cli-failure.ts';
import { type DraftInput, draftInput } from '../../dev/draft-input.ts';
import { createDraftRuns, type DraftRuns } from '../../dev/draft-runs.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { readInput } from '../../start/read-input.ts';
import { actorOf } from '../actor.ts';
import { check } from '../definitions/check.ts';
import { type HttpFlags, httpOf } from './engine.ts';

export type DevFlags = HttpFlags & {
  /** False for `--no-run`. */
  readonly run?: boolean;
  readonly i?: readonly string[];
  readonly input?: string;
};

/** `name`: the only definition whose drafts are started, with the inputs that `args` give. */
export type DevCall = {
  readonly name: string | undefined;
  readonly args: readonly string[];
  readonly flags: DevFlags;
  readonly knownFlags: readonly string[];
};

/** Several files may be saved at once, and one be looked at while it is written. */
const settleMs = 100;
const drainMs = 1_000;
const saidMax = 5;
const clearScreen = '\x1b[2J\x1b[H';

/** `workflow dev [definition]`: a server, an engine, the dashboard, the agents' programs, and a look at each save. */
export async function devCommand(invocation: Invocation, call: DevCall): Promise<ExitCode> {
  const { app, io, output, projectDir } = invocation;
  const folder = projectDir();
  const http = httpOf(call.flags, actorOf(io, undefined));
  const endServer = await serverEnd(invocation);
  const stop = new AbortController();
  const tellEnd = async (): Promise<void> =>
    output.note(`${await endServer()}; every run is safe in the journal`);
  const release = io.onInterrupt(() => {
    output.note('stopping the agents and the engine; once more stops at once');
    stop.abort();
  }, tellEnd);
  const saves = createSaves(invocation, call);
  const say = (message: string): void => {
    if (message.startsWith(linkWords)) saves.linkIs(message.slice(linkWords.length));
    if (!stop.signal.aborted) output.note(output.notePaint.dim(message));
  };
  try {
    const options = { projectDir: folder, signal: stop.signal, drainMs, ...defined({ http }) };
    const { onReady, onFiles, onAgent } = saves;
    await app.dev({ ...options, onReady, onFiles, onAgent }, say);
    await saves.close();
    await tellEnd();
  } catch (error) {
    await saves.close();
    await endServer();
    throw error;
  } finally {
    release();
  }

  return 0;
}

const linkWords = 'dashboard on ';

/** What ends the server, where it was not there before and nobody else uses it. Resolves with what has stopped. */
async function serverEnd({ app, io, projectDir, hint }: Invocation): Promise<() => Promise<string>> {
  const folder = projectDir();
  const stopped = 'the agents and the engine have stopped';
  if ((io.env['NATS_URL'] ?? '') !== '') return async () => `${stopped}, and the server of NATS_URL goes on`;
  const goesOn = `${stopped}, and the server goes on`;
  const down = `${hint('down')} stops it`;
  if (await app.isUp(folder)) return async () => `${goesOn}, which ran before (${down})`;

  return async () =>
    (await app.downUnlessUsed(folder)) === 'in-use'
      ? `${goesOn}, because others use it (${down})`
      : 'everything has stopped';
}

type Saves = {
  readonly linkIs: (link: string) => void;
  readonly onReady: (workflows: Workflows) => void;
  readonly onFiles: (found?: readonly FolderDefinition[]) => void;
  readonly onAgent: (agent: string, line: string) => void;
  readonly close: () => Promise<void>;
};

/** Deals with the saves of files, one after another: what is wrong is told, what is right is started. */
function createSaves(invocation: Invocation, call: DevCall): Saves {
  const { io, output } = invocation;
  const queue = createSerialQueue();
  let link = '';
  let found: readonly FolderDefinition[] = [];
  let before: readonly FolderDefinition[] | undefined;
  let engine: { readonly workflows: Workflows; readonly runs: DraftRuns } | undefined;
  let cancel = (): void => undefined;
  let isClosed = false;
  /** What agents said last: the screen is cleared at each look. */
  let said: readonly string[] = [];

  async function look(): Promise<void> {
    if (engine === undefined || isClosed) return;
    const wanted = wantedOf(invocation, call, { found, before });
    const isUnknown = call.name !== undefined && before === undefined && wanted.length === 0;
    before = found;
    const unseen = printHead(invocation, link) ? said : [];
    said = [];
    await checkAll(invocation);
    for (const line of unseen) output.note(line);
    if (isUnknown) output.warn(unknownText(call.name ?? '', found));
    for (const line of engine.runs.open()) output.note(output.notePaint.dim(line));
    for (const draft of wanted) await started(draft, engine).catch(tell);
  }

  async function started(draft: FolderDefinition, { workflows, runs }: NonNullable<typeof engine>) {
    const input = await inputFor(draft, workflows);
    if ('input' in input) return runs.start(draft, input);
    for (const line of missingLines(invocation, draft, input.problems)) output.warn(line);
  }

  function inputFor(draft: FolderDefinition, workflows: Workflows) {
    if (call.name === undefined || (call.args.length === 0 && !hasInput(call.flags)))
      return draftInput(draft, { workflows, io, projectDir: invocation.projectDir() });

    return givenInput(invocation, draft, call);
  }

  const tell = (error: unknown): void => {
    const { message, code } = cliFailureOf(error);
    output.warn(`${output.notePaint.glyph('FAILED')} ${message} [${code}]`);
  };
  const lookSoon = (): void => {
    cancel();
    cancel = io.clock.after(settleMs, () => void queue.post(look).catch(tell));
  };

  return {
    linkIs: (to) => {
      link = to;
    },
    onReady: (workflows) => {
      engine = { workflows, runs: createDraftRuns(invocation, workflows) };
      lookSoon();
    },
    onFiles: (now) => {
      found = now ?? found;
      lookSoon();
    },
    onAgent: (agent, line) => {
      const text = `${output.notePaint.dim(`[${agent}]`)} ${safeLines(line)}`;
      said = [...said, text].slice(-saidMax);
      output.note(text);
    },
    close: async () => {
      isClosed = true;
      cancel();
      engine?.runs.close();
      await queue.idle();
    },
  };
}

type Found = {
  readonly found: readonly FolderDefinition[];
  readonly before: readonly FolderDefinition[] | undefined;
};

/** The drafts to start: those that were saved, of the one that is named also as it is at the beginning. */
function wantedOf(
  { io, projectDir }: Invocation,
  { name, flags }: DevCall,
  { found, before }: Found,
): readonly FolderDefinition[] {
  if (flags.run === false) return [];
  if (name === undefined) return found.filter((each) => before?.includes(each) === false);
  const path = relative(projectDir(), join(io.cwd, name));

  return found.filter(
    (each) =>
      before?.includes(each) !== true &&
      [each.loaded.ref.id, each.file, basename(each.file, extname(each.file))].some((one) =>
        [name, path].includes(one),
      ),
  );
}

function unknownText(name: string, found: readonly FolderDefinition[]): string {
  const ids = found.map(({ loaded }) => loaded.ref.id);

  return `no definition without errors is called "${name}"${didYouMean(name, ids)}: nothing is started until one is`;
}

/** Whether the screen was cleared for it. */
function printHead({ io, output }: Invocation, link: string): boolean {
  const isScreen = output.columns() !== undefined;
  if (isScreen) io.stdout(clearScreen);
  output.data(`${output.paint.bold('workflow dev')}${link === '' ? '' : `  ${link}`}\n`);

  return isScreen;
}

/** A project without a file is told of, too. */
async function checkAll(invocation: Invocation): Promise<void> {
  const { output, hint } = invocation;
  try {
    await check(invocation, []);
  } catch (error) {
    output.warn(cliFailureOf(error).message);
    output.note(`${hint('init')} makes a first definition, ${hint('new')} others`);
  }
}

function hasInput({ i = [], input }: DevFlags): boolean {
  return i.length > 0 || input !== undefined;
}

async function givenInput(
  { io }: Invocation,
  { loaded }: FolderDefinition,
  { args, flags, knownFlags }: DevCall,
): Promise<DraftInput> {
  const given = { args, pairs: flags.i ?? [], file: flags.input, knownFlags, mayAsk: false };

  return { input: await readInput(loaded.definition, given, io), from: '' };
}

function missingLines(
  { hint }: Invocation,
  { loaded: { ref }, file }: FolderDefinition,
  problems: readonly string[],
): readonly string[] {
  return [
    `${ref.id} is not started: ${problems.map(messageOf).join('; ')}`,
    `  give the inputs with ${hint('dev', ref.id, '--<input>', '...')}, or in a case of ${file.replace(/\.\w+$/, '.test.yaml')};`,
    '  or start it once in the dashboard: each save then starts it with the same inputs',
  ];
}
