// What node:readline tells of keys, as the dashboard knows them.
import { expect, test } from 'vitest';
import { pressedKey } from '../../../src/terminal/screen/key.ts';

test.each([
  ['a', { name: 'a' }, { name: 'text', text: 'a' }],
  ['/', {}, { name: 'text', text: '/' }],
  ['ß', {}, { name: 'text', text: 'ß' }],
  ['\r', { name: 'return' }, { name: 'enter' }],
  [undefined, { name: 'up' }, { name: 'up' }],
  ['\u001b', { name: 'escape', meta: true }, { name: 'escape' }],
  ['\u0003', { name: 'c', ctrl: true }, { name: 'interrupt' }],
  ['\u0004', { name: 'd', ctrl: true }, { name: 'interrupt' }],
  ['\u000c', { name: 'l', ctrl: true }, undefined],
  ['\u0007', {}, undefined],
  ['x', { name: 'x', meta: true }, undefined],
  ['\u001b[25~', { name: 'f13' }, undefined],
])('%j %j is %j', (text, pressed, key) => {
  expect(pressedKey(text, pressed)).toEqual(key);
});
