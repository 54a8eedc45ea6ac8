// Stands in for the crew of a release train. The component "brittle" never builds.
import { text } from 'node:stream/consumers';

const { ask, component, stage } = JSON.parse(await text(process.stdin));
console.error(`${ask} ${component ?? stage ?? ''}`);
if (component === 'brittle') {
  console.error('its tests fail');
  process.exit(1);
}
const answers = {
  build: { component, build: `${component}-build` },
  deploy: { previous: 'what was there before', is_well: true },
};

console.log(JSON.stringify(answers[ask] ?? { done: true }));
