// Stands in for the warehouse. No truck goes to an order that ends in -X, however often it is asked.
import { text } from 'node:stream/consumers';

const { ask, order = '', person, role } = JSON.parse(await text(process.stdin));
console.error(`${ask} ${order || (person ?? '')}`);
if (ask === 'ship' && order.endsWith('-X')) {
  console.error('no truck goes there');
  process.exit(1);
}
const answers = {
  reserve: { reservation: `SHELF-${order}` },
  ship: { parcel: `PARCEL-${order}` },
  equipment: { equipment: role === 'engineer' ? ['laptop', 'screen'] : ['laptop'] },
};

console.log(JSON.stringify(answers[ask] ?? { done: true }));
