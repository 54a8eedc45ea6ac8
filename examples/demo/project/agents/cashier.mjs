// Stands in for the cashier: everybody has credit for less than 5000.
import { text } from 'node:stream/consumers';

const { ask, customer, supplier, amount, invoice } = JSON.parse(await text(process.stdin));
console.error(`${ask} ${amount ?? invoice ?? ''} ${customer ?? supplier ?? ''}`);
const answers = {
  credit: { has_credit: amount < 5000 },
  charge: { payment: `PAY-${process.env.WORKFLOW_RUN}` },
  pay: { payment: `PAY-${process.env.WORKFLOW_RUN}` },
  book: { entry: `BOOK-${invoice}` },
};

console.log(JSON.stringify(answers[ask] ?? { done: true }));
