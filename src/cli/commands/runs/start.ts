import { definitionsFolder } from '../../../files/local-definitions.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import type { CliSession, OpenOptions } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { type Alongside, alongsideOf } from '../../start/alongside.ts';
import {
  type Found,
  findLocal,
  findRegistered,
  parseName,
  refuseUnlessExecutable,
} from '../../start/find-definition.ts';
import { readInput } from '../../start/read-input.ts';
import { startHelp } from '../../start/start-help.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';

export type StartFlags = FollowFlags & {
  readonly watch?: boolean;
  readonly as?: string;
  readonly i?: readonly string[];
  /** The file of `--input`; false for `--no-input`. */
  readonly input?: string | boolean;
  readonly help?: boolean;
};

export type StartCall = {
  readonly name: string;
  /** What the command itself did not take. */
  readonly args: readonly string[];
  readonly flags: StartFlags;
  readonly knownFlags: readonly string[];
};

/** `workflow start <definition>`: checks everything, starts a run and follows it. */
export async function start(invocation: Invocation, request: StartCall): Promise<ExitCode> {
  const { io, projectDir } = invocation;
  const timeout = timeoutOf(request.flags);
  const place = { cwd: io.cwd, projectDir: projectDir() };
  const local = await findLocal(request.name, place);
  const engine = engineFor(request.flags);
  if (local !== undefined) {
    if (request.flags.help === true) return help(invocation, request, local);
    // Everything that can be wrong is looked at before anything is brought up.
    const input = await prepared(invocation, request, local);
    const alongside = await alongsideOf(local, place);
    return withSession<ExitCode>(invocation, engine, (session) =>
      run(invocation, session, { ...request, found: local, alongside, input, timeout }),
    );
  }

  return withSession<ExitCode>(invocation, engine, async (session) => {
    const found = await findRegistered(request.name, session.workflows, place);
    if (request.flags.help === true) return help(invocation, request, found);
    const input = await prepared(invocation, request, found);
    const alongside = await alongsideOf(found, place);
    return run(invocation, session, { ...request, found, alongside, input, timeout });
  });
}

/** What is not followed is only recorded: carrying out what nobody waits for would end with this process. */
function engineFor({ help, detach }: StartFlags): OpenOptions['engine'] {
  if (help === true) return 'none';

  return detach === true ? 'recording' : 'embedded';
}

function help({ output }: Invocation, { name, knownFlags }: StartCall, { loaded }: Found): ExitCode {
  output.document('DefinitionHelp', { definition: loaded.ref, input: loaded.definition.input });
  output.data(startHelp(loaded.definition, name, { output, knownFlags }));
  output.data('Options of every start: workflow help start');

  return 0;
}

type Input = Awaited<ReturnType<typeof readInput>>;

async function prepared(
  invocation: Invocation,
  { args, flags, knownFlags }: StartCall,
  found: Found,
): Promise<Input> {
  const { io, output } = invocation;
  refuseUnlessExecutable(found);
  for (const { file, line, message } of found.warnings) output.note(`${file}:${line}  warning  ${message}`);
  const file = typeof flags.input === 'string' ? flags.input : undefined;
  const mayAsk = flags.input !== false && !output.json;

  return readInput(found.loaded.definition, { args, pairs: flags.i ?? [], file, knownFlags, mayAsk }, io);
}

type Ready = StartCall & {
  readonly found: Found;
  readonly alongside: Alongside;
  readonly input: Input;
  readonly timeout: { readonly timeoutMs?: number };
};

async function run(
  invocation: Invocation,
  session: CliSession,
  { found, alongside, input, flags, timeout }: Ready,
): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const { workflows } = session;
  const { loaded, file } = found;
  await warnOfMissing(invocation, workflows, alongside);
  const answer = await workflows.start({
    definition: loaded,
    file,
    alongside: alongside.found.map((each) => ({ definition: each.loaded, file: each.file })),
    input,
    actor: actorOf(io, flags.as),
  });
  const from = accepted(answer, hint);
  const id = shortId(answer.run);
  if (flags.detach !== true) {
    output.note(`run ${answer.run}  ${loaded.ref.id} v${loaded.ref.version}`);
    const onScreen = flags.watch === true;
    return followAndReport(invocation, session, { run: answer.run, from, onScreen, ...timeout });
  }
  const owner = await workflows.adopt(answer.run);
  output.document('Run', { run: answer.run, definition: loaded.ref, sequence: from, owner });
  output.data(answer.run);
  if (owner === 'adopted')
    output.warn(`no other engine is running: the run goes on with ${hint('resume', id)} or ${hint('serve')}`);
  output.note(output.notePaint.dim('try next:'));
  for (const verb of ['status', 'resume', 'history']) output.note(`  ${hint(verb, id)}`);

  return 0;
}

/** What is found nowhere may be registered by the time it is needed. */
async function warnOfMissing(
  { output }: Invocation,
  workflows: Workflows,
  { missing }: Alongside,
): Promise<void> {
  for (const name of missing) {
    const { id, version } = parseName(name);
    if ((await workflows.definition(id, version)) !== undefined) continue;
    output.warn(
      `warning: it refers to "${name}", which is neither in ${definitionsFolder}/ nor registered; where that is needed, it fails`,
    );
  }
}
