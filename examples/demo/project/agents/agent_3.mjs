// Stands in for a sceptic who looks into one part of a question.
import { text } from 'node:stream/consumers';

const { question, topic } = JSON.parse(await text(process.stdin));
console.error(`looking into ${topic}`);

console.log(
  JSON.stringify({
    summary: `a sceptic on ${topic}: it has a part in "${question}"`,
    findings: [`${topic} was looked at`, 'nothing speaks against it'],
  }),
);
