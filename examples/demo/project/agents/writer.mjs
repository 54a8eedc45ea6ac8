// Stands in for a writer: drafts a text for a round of review, and answers to tickets.
import { text } from 'node:stream/consumers';

const { ask, topic, round, remarks, question } = JSON.parse(await text(process.stdin));
console.error(`writing about ${topic}`);
const draft = `Draft ${round} about ${topic}. The editor said: ${remarks}.`;
const answer = `You asked "${question}". This is ${topic}; here is how to go on.`;

console.log(JSON.stringify({ text: ask === 'draft' ? draft : answer }));
