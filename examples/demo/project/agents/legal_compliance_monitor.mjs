// Stands in for the compliance monitor: how bad a finding is, and what would mend it.
import { text } from 'node:stream/consumers';

const { regulation, severity } = JSON.parse(await text(process.stdin));
console.error(`reading ${regulation}`);
const risk = { CRITICAL: 9, HIGH: 6 }[severity] ?? 3;

console.log(JSON.stringify({ risk, remedy: `delete what ${regulation} does not allow to be kept` }));
