// `workflow` as a few files that hold the packages, too: finding and opening some two thousand took most of the time of
// every command. What others import stays as it is compiled, beside it.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { libraryVersion } from './src/compose/library-version.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Each is also what a process or a thread begins with, so that nothing else may be in its file. */
const programs = {
  'run-sql': at('src/stores/sqlite/run-sql.ts'),
  'definition-tests': at('src/compose/definition-tests.ts'),
};

/**
 * What is loaded together is one file, which holds all that these modules import and no file before it has. All the
 * rest is cut where it is imported lazily.
 */
const together = {
  // Without src/main.ts, which waits at its top for a command that imports these.
  start: [
    'src/cli/node-io.ts',
    'src/cli/program/program.ts',
    'src/compose/app.ts',
    'src/files/package-path.ts',
  ],
  command: ['src/cli/invocation.ts'],
  core: [
    'events/cloud-event.ts',
    'events/json-text.ts',
    'machines/audit/archive-segment.ts',
    'machines/due-time.ts',
    'machines/language/problem.ts',
    'machines/language/schema/shapes.ts',
    'machines/run/record/run-filter.ts',
    'machines/shard.ts',
    'machines/stations/station-name.ts',
  ],
  runs: [
    'src/cli/commands/runs/list.ts',
    'src/cli/commands/runs/status.ts',
    'src/compose/session/open-current-runs.ts',
    'src/stores/sqlite/open-run-index.ts',
  ],
  language: ['src/cli/commands/definitions/check.ts'],
  session: ['src/cli/commands/runs/show.ts', 'src/compose/session/open-session.ts'],
  engine: ['src/compose/handlers.ts', 'src/engine/cluster/node.ts'],
};

/** Whoever takes a package as a whole needs what lists its parts, and all its languages; whoever imports a part does not. */
const whole = /\/zod\/.*\/(?:index|external|locales\/(?!en\.)\w+)\.js$/;

type Graph = { getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null };

/** The file that each module of `together` is in. */
function filesOf(graph: Graph): ReadonlyMap<string, string> {
  const files = new Map<string, string>(Object.values(programs).map((id) => [id, '']));
  for (const [file, begins] of Object.entries(together)) {
    const found = begins.map(at);
    for (const id of found) {
      if (files.has(id)) continue;
      files.set(id, whole.test(id) ? '' : file);
      found.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
    }
  }

  return files;
}

let files: ReadonlyMap<string, string> | undefined;

export default defineConfig({
  root: at('src'),
  publicDir: false,
  plugins: [
    {
      name: 'library-version',
      // The sources that it is read from are not there any more.
      load: (id) =>
        id === at('src/compose/library-version.ts')
          ? `export const libraryVersion = () => ${JSON.stringify(libraryVersion())};`
          : undefined,
    },
  ],
  // Native, or found by their names: these stay packages.
  ssr: { noExternal: true, external: ['libsql', 'nodemailer', 'undici'] },
  build: {
    ssr: true,
    outDir: at('dist/bin'),
    emptyOutDir: true,
    target: 'es2023',
    minify: false,
    rolldownOptions: {
      input: { workflow: at('src/main.ts'), ...programs },
      output: {
        chunkFileNames: '[name].js',
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            {
              debugName: 'together',
              name: (id, graph) => {
                files ??= filesOf(graph);
                return files.get(id) || null;
              },
            },
          ],
        },
      },
    },
  },
});
