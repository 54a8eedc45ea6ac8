import { relative, resolve } from 'node:path';
import { firstProject, writeNew } from '../../dev/first-project.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';

/** `workflow init [folder]`: a project with a first definition that runs. What is there stays as it is. */
export async function init({ io, output, hint, options }: Invocation, named?: string): Promise<ExitCode> {
  // A folder above may be a project, too: the one that is meant is made one.
  const folder = resolve(io.cwd, named ?? options.project ?? '.');
  const made: string[] = [];
  const there: string[] = [];
  for (const file of await firstProject()) ((await writeNew(folder, file)) ? made : there).push(file.path);
  output.document('Project', { folder, made, there });
  for (const path of made) output.data(`${output.paint.glyph('COMPLETED')} ${path}`);
  for (const path of there)
    output.note(output.notePaint.dim(`- ${path} is there already and stays as it is`));
  if (made.length === 0) output.note('nothing was left to be made');
  if (there.includes('.gitignore')) output.note('keep .3ox/ out of git: it has the journal, keys and tokens');
  const inside = relative(io.cwd, folder);
  output.note('\ntry next:');
  if (inside !== '') output.note(`  cd ${quoted(inside)}`);
  const next = [
    ['start hello --who Ada', 'runs it once'],
    ['dev', 'runs it at each save, with the dashboard'],
    ['test', 'plays its cases'],
    ['new', 'writes another definition'],
  ] as const;
  for (const [words, what] of next) output.note(`  ${hint(words).padEnd(34)} ${output.notePaint.dim(what)}`);

  return 0;
}
