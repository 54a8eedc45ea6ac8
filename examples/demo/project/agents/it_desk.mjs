// Stands in for the IT desk: makes the accounts that a role needs, and closes them.
import { text } from 'node:stream/consumers';

const { ask, person, role, accounts } = JSON.parse(await text(process.stdin));
console.error(ask === 'accounts' ? `making accounts for ${person}` : `closing ${accounts}`);
const made = { accounts: role === 'engineer' ? ['mail', 'code'] : ['mail'] };

console.log(JSON.stringify(ask === 'accounts' ? made : { done: true }));
