// Stands in for what keeps data. The source "flaky" gives its rows at the second attempt, as any may once.
import { text } from 'node:stream/consumers';

const { ask, source, chunk, rows } = JSON.parse(await text(process.stdin));
console.error(`${ask} ${source ?? chunk ?? rows ?? ''}`);
if (source === 'flaky' && process.env.WORKFLOW_ATTEMPT === '1') {
  console.error('the source hung up');
  process.exit(1);
}
const answers = {
  figures: { source, figure: (source ?? '').length * 10 },
  extract: { rows: 30, chunks: ['rows 1 to 10', 'rows 11 to 20', 'rows 21 to 30'] },
  clean: { kept: 9, rejected: 1 },
  load: { loaded: rows, batch: `BATCH-${process.env.WORKFLOW_RUN}` },
};

console.log(JSON.stringify(answers[ask] ?? { done: true }));
