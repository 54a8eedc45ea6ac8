// Stands in for the orchestrator: plans the day, and closes its planning when the report is written.
import { text } from 'node:stream/consumers';

const { task, day, report_file, files } = JSON.parse(await text(process.stdin));
console.error(task === 'plan' ? `planning ${day}` : `reading ${report_file}`);
const plan = { priorities: ['answer what came in', 'keep the folders in order', 'report'] };
const closing = { summary: `${files} files wait; the report is in ${report_file}` };

console.log(JSON.stringify(task === 'plan' ? plan : closing));
