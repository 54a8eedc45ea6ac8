// Stands in for the financial analyst: how far above its target a month is, and what a year like it would bring in.
import { text } from 'node:stream/consumers';

const { month, monthly_revenue, monthly_target } = JSON.parse(await text(process.stdin));
console.error(`working out ${month}`);
const above = Math.round((monthly_revenue / monthly_target - 1) * 1000) / 10;

console.log(
  JSON.stringify({
    annual_run_rate: monthly_revenue * 12,
    above_target_percent: above,
    summary: `${month} brought in ${monthly_revenue}, ${above}% above the target of ${monthly_target}`,
  }),
);
