// Stands in for the strategic planner: the further above the target, the bolder the goals.
import { text } from 'node:stream/consumers';

const { annual_run_rate, above_target_percent } = JSON.parse(await text(process.stdin));
console.error(`planning on ${annual_run_rate} a year`);
const raise = above_target_percent >= 10 ? 15 : 5;

console.log(
  JSON.stringify({
    summary: `raise the monthly target by ${raise}%`,
    goals: [`monthly target ${Math.round(4167 * (1 + raise / 100))}`, 'one more partner in research', 'hire for support'],
  }),
);
