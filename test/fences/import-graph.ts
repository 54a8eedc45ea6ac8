// The import graph of the repository, or of a planted one, as dependency-cruiser sees it: type imports counted.
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { importRules } from './import-rules.ts';

const folders = ['events', 'machines', 'src', 'bench', 'test'];

export async function importGraph(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(
    folders,
    {
      baseDir,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      // A program of its own, with packages of its own that are installed when it is run.
      exclude: { path: '^bench/peers/' },
      validate: true,
      ruleSet: { forbidden: [...importRules] },
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.css'],
    },
  );
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output}`);

  return output;
}

/** Every file that the given ones import, directly or through others, and they themselves. */
export function reachableFrom(files: readonly string[], graph: ICruiseResult): ReadonlySet<string> {
  const importsOf = new Map(graph.modules.map(({ source, dependencies }) => [source, dependencies]));
  const reached = new Set(files);
  // A Set hands out what is added while it is walked, and nothing twice, so this ends.
  for (const file of reached) {
    for (const { resolved } of importsOf.get(file) ?? []) reached.add(resolved);
  }

  return reached;
}
