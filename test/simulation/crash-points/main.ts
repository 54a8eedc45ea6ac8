// `npm run simulate:crash-points`: ends an engine before and after each request that it makes, for every definition of
// the library and every template. `-- --double 10000`: two crashes at once, at random.
// `-- --template diamond --engines 2 --at 17 --when after --trace`: one of them, and everything that happens.

import { parseArgs } from 'node:util';
import { runInLanes } from '../lanes.ts';
import { say } from '../say.ts';
import { crashAt, crashedTemplates, live, type Piece, type PieceReport, piecesOf } from './points.ts';

const toldMax = 20;

const { values } = parseArgs({
  options: {
    template: { type: 'string' },
    engines: { type: 'string' },
    seed: { type: 'string', default: '1' },
    at: { type: 'string', multiple: true },
    when: { type: 'string', multiple: true, default: [] },
    double: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const given = onePiece();
process.exitCode = given === undefined ? await many() : await one(given);

function onePiece(): Piece | undefined {
  const { template, seed, engines = '1', at, when } = values;
  if (template === undefined || at === undefined) return undefined;
  const crashPoints = at.map(
    (index, nth) => ({ index: Number(index), when: when[nth] === 'after' ? 'after' : 'before' }) as const,
  );

  return { template, seed: Number(seed), engines: Number(engines), crashPoints };
}

async function one(piece: Piece): Promise<number> {
  if (values.trace) await live(piece, (line) => say(line));
  const { violations, struck } = await crashAt(piece);
  say(`${piece.template}, ${piece.engines} engines, ${struck} crashes`);
  for (const violation of violations) say(`  ${violation}`);
  say(violations.length === 0 ? 'no violation' : `${violations.length} violations`);

  return violations.length === 0 ? 0 : 1;
}

async function many(): Promise<number> {
  const since = performance.now();
  const chosen = crashedTemplates.filter(
    ({ name }) => values.template === undefined || name === values.template,
  );
  const sums = { crashes: 0, failed: 0 };
  const pieces =
    values.double === undefined
      ? await allPieces(chosen.map(({ name }) => name))
      : doubles(Number(values.double));
  await runInLanes<Piece | number, PieceReport>({
    lane: new URL('./lane.js', import.meta.url),
    pieces,
    onReport: (report) => {
      sums.crashes += report.struck;
      if (report.violations.length > 0) {
        sums.failed += 1;
        if (sums.failed <= toldMax) tell(report);
      }
      return 'go on';
    },
  });
  const tookMs = performance.now() - since;
  say(
    `${chosen.length} definitions, ${pieces.length} ${values.double === undefined ? 'crash points' : 'double crashes'}`,
  );
  say(`${sums.crashes} crashes, ${sums.failed} with violations, ${(tookMs / 1_000).toFixed(1)} s`);

  return sums.failed === 0 && sums.crashes > 0 ? 0 : 1;
}

async function allPieces(names: readonly string[]): Promise<readonly Piece[]> {
  const engines = values.engines === undefined ? [1, 2] : [Number(values.engines)];
  const scenes = names.flatMap((template) =>
    engines.map((count) => ({ template, seed: Number(values.seed), engines: count })),
  );
  const pieces: Piece[] = [];
  for (const scene of scenes) pieces.push(...(await piecesOf(scene)));

  return pieces;
}

/** Each is made from its number, in the thread that lives through it. */
function doubles(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => Number(values.seed) + index);
}

function tell({ template, seed, engines, crashPoints, violations }: PieceReport): void {
  const points = crashPoints.map(({ index, when }) => `--at ${index} --when ${when}`).join(' ');
  say(`${template}: ${violations[0]}`);
  say(
    `  npm run simulate:crash-points -- --template "${template}" --seed ${seed} --engines ${engines} ${points} --trace`,
  );
}
