// Stands in for the lead generator: scores a lead by its budget and by what it asked for.
import { text } from 'node:stream/consumers';

const { company, budget, asked_for_demo } = JSON.parse(await text(process.stdin));
console.error(`looking ${company} up`);
const score = Math.min(100, Math.round(budget / 1000) + (asked_for_demo ? 40 : 0));

console.log(JSON.stringify({ score, grade: score >= 70 ? 'HOT' : score >= 40 ? 'WARM' : 'COLD' }));
