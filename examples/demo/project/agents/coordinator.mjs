// Stands in for the coordinator: splits a goal, joins results, says what a ticket is about.
import { text } from 'node:stream/consumers';

const { ask, goal, question = '', results = [], lost = 0 } = JSON.parse(await text(process.stdin));
console.error(ask === 'triage' ? `reading "${question}"` : `${ask}: ${goal}`);
const isUrgent = /down|lost|urgent/i.test(question);
const answers = {
  split: { parts: ['what is known', 'what it costs', 'what speaks against it'] },
  join: { summary: `${results.length} agents answered, ${lost} did not`, agreed: lost === 0 },
  triage: {
    urgency: isUrgent ? 'urgent' : 'normal',
    topic: isUrgent ? 'an outage' : 'a question of use',
    is_sure: !isUrgent,
  },
};

console.log(JSON.stringify(answers[ask]));
