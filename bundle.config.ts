// `workflow` as a few files that hold the packages, too: finding and opening some two thousand took most of the time of
// every command. What others import stays as it is compiled, beside it.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { libraryVersion } from './src/compose/library-version.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

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
      input: {
        workflow: at('src/main.ts'),
        // Each is also what a process or a thread begins with, so that nothing else may be in its file.
        'run-sql': at('src/stores/sqlite/run-sql.ts'),
        'definition-tests': at('src/compose/definition-tests.ts'),
      },
      output: { chunkFileNames: '[name]-[hash].js' },
    },
  },
});
