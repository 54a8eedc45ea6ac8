// The types of what other programs import, beside the bundles of `bundle.config.ts`: those that they can reach, in a few
// files, without the 190 that the compiler writes for them.
import { dts } from 'rolldown-plugin-dts';
import { libraryEntries } from './library-entries.ts';

const compiled = ([name, source]: readonly [string, string]): readonly [string, string] => [
  name,
  `./dist/${source.replace(/ts$/, 'd.ts')}`,
];

export default {
  input: Object.fromEntries(Object.entries(libraryEntries).map(compiled)),
  external: ['zod', 'xstate'],
  plugins: [dts({ emitDtsOnly: true, dtsInput: true, tsconfig: false })],
  output: { dir: 'dist/lib', chunkFileNames: '[name].d.ts' },
};
