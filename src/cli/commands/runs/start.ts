import { parseDefinitionName } from '../../../../machines/definition.ts';
import { defined } from '../../../../machines/language/defined.ts';
import type { DraftNotice } from '../../../api/commands.ts';
import { definitionsFolder } from '../../../files/local-definitions.ts';
import {
  type ReferredDefinitions,
  referredDefinitions,
  referredDrafts,
} from '../../../operations/definitions/referred-definitions.ts';
import {
  type DefinitionSources,
  isDefinitionPath,
  type ResolvedDefinition,
  refuseUnlessExecutable,
  resolveDefinition,
} from '../../../operations/definitions/resolve-definition.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import type { CliSession, OpenOptions } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, quoted, withSession } from '../../invocation.ts';
import { definitionSources } from '../../start/definition-sources.ts';
import { readInput } from '../../start/read-input.ts';
import { startHelp } from '../../start/start-help.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';

export type StartFlags = FollowFlags & {
  readonly watch?: boolean;
  readonly as?: string;
  readonly key?: string;
  readonly i?: readonly string[];
  /** The file of `--input`; false for `--no-input`. */
  readonly input?: string | boolean;
  readonly help?: boolean;
  /** Uses the project's file, whatever is registered. */
  readonly draft?: boolean;
};

export type StartCall = {
  readonly name: string;
  /** Arguments that the command itself does not know. */
  readonly args: readonly string[];
  readonly flags: StartFlags;
  readonly knownFlags: readonly string[];
};

/** `workflow start <definition>`: checks everything, starts a run and follows it. */
export async function start(invocation: Invocation, request: StartCall): Promise<ExitCode> {
  const { app, projectDir } = invocation;
  const { flags, name } = request;
  const timeout = timeoutOf(flags);
  const engine = engineFor(flags);
  // Where nothing was ever run nothing is registered.
  if (isDefinitionPath(name) || flags.draft === true || (await app.isNew(projectDir()))) {
    const sources = await definitionSources(invocation);
    const found = await resolveDefinition(sources, name, { draft: true });
    if (flags.help === true) return help(invocation, request, found);
    // Everything is checked before a server or engine is started.
    const ready = await prepared(invocation, request, found, sources);
    return withSession<ExitCode>(invocation, engine, (session) =>
      run(invocation, session, { ...request, ...ready, timeout }),
    );
  }

  return withSession<ExitCode>(invocation, engine, async (session) => {
    const sources = await definitionSources(invocation, session.workflows);
    const found = await resolveDefinition(sources, name);
    if (found.draft !== undefined) warnOfDraft(invocation, found.draft);
    if (flags.help === true) return help(invocation, request, found);
    const ready = await prepared(invocation, request, found, sources);
    return run(invocation, session, { ...request, ...ready, timeout });
  });
}

/** Tells the user whether the edited file or the registered version is started. */
function warnOfDraft({ output, hint }: Invocation, { file, message }: DraftNotice): void {
  output.warn(`warning: ${message}`);
  output.warn(`  start the file itself: ${hint('start', quoted(file))}`);
  output.warn(`  publish it: ${hint('definitions', 'publish', quoted(file))}`);
}

/** A run that is not followed is only recorded: its work would end with this process. */
function engineFor({ help, detach }: StartFlags): OpenOptions['engine'] {
  if (help === true) return 'none';

  return detach === true ? 'recording' : 'embedded';
}

function help(
  { output }: Invocation,
  { name, knownFlags }: StartCall,
  { loaded }: ResolvedDefinition,
): ExitCode {
  output.document('DefinitionHelp', { definition: loaded.ref, input: loaded.definition.input });
  output.data(startHelp(loaded.definition, name, { output, knownFlags }));
  output.data('Options of every start: workflow help start');

  return 0;
}

type Ready = {
  readonly found: ResolvedDefinition;
  readonly referred: ReferredDefinitions;
  readonly input: Awaited<ReturnType<typeof readInput>>;
};

async function prepared(
  { io, output }: Invocation,
  { args, flags, knownFlags }: StartCall,
  found: ResolvedDefinition,
  sources: DefinitionSources,
): Promise<Ready> {
  refuseUnlessExecutable(found);
  for (const { file, line, message } of found.warnings) output.note(`${file}:${line}  warning  ${message}`);
  const file = typeof flags.input === 'string' ? flags.input : undefined;
  const mayAsk = flags.input !== false && !output.json;
  const given = { args, pairs: flags.i ?? [], file, knownFlags, mayAsk };
  const input = await readInput(found.loaded.definition, given, io);

  return { found, input, referred: await referredDefinitions(sources, found) };
}

async function run(
  invocation: Invocation,
  session: CliSession,
  {
    found,
    referred,
    input,
    flags,
    timeout,
  }: StartCall & Ready & { readonly timeout: { readonly timeoutMs?: number } },
): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const { workflows } = session;
  const { loaded, file } = found;
  await warnOfMissing(invocation, workflows, referred);
  for (const { message } of await referredDrafts(workflows, referred)) output.warn(`warning: ${message}`);
  const answer = await workflows.start({
    definition: loaded,
    file,
    alongside: referred.found.map((each) => ({ definition: each.loaded, file: each.file })),
    ...{ input, actor: actorOf(io, flags.as), ...defined({ key: flags.key }) },
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

/** A definition that is not found may be registered by the time it is needed. */
async function warnOfMissing(
  { output }: Invocation,
  workflows: DefinitionSources['registered'],
  { missing }: ReferredDefinitions,
): Promise<void> {
  for (const name of missing) {
    const { id, version } = parseDefinitionName(name);
    if ((await workflows.definition(id, version)) !== undefined) continue;
    output.warn(
      `warning: it refers to "${name}", which is neither in ${definitionsFolder}/ nor registered; where that is needed, it fails`,
    );
  }
}
