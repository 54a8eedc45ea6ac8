// Stands in for the revenue tracker: what a lead is likely to bring in.
import { text } from 'node:stream/consumers';

const { company, budget, score } = JSON.parse(await text(process.stdin));
console.error(`valuing ${company}`);
const probability = Math.round(score * 0.8) / 100;

console.log(JSON.stringify({ probability, value: Math.round(budget * probability) }));
