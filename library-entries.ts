/** What other programs import, by the names in `exports` of package.json; `index` is the package itself. */
export const libraryEntries = {
  index: 'src/compose/embedding/library.ts',
  chart: 'src/compose/chart.ts',
  worker: 'src/compose/create-worker.ts',
  testing: 'src/compose/testing.ts',
} as const;
