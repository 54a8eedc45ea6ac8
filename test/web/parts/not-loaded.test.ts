// A part of the program of a page that did not come is had only by loading the page anew. That has to happen by itself
// where nothing is lost by it, and must not go on for ever where it does not help.
import { expect, test } from 'vitest';
import { isReloadDue, NotLoaded } from '../../../src/web/parts/not-loaded.ts';

const there = { isGone: false, wasGone: false };
const gone = { isGone: true, wasGone: true };
const back = { isGone: false, wasGone: true };

test('nothing is loaded anew while the engine is gone', () => {
  expect(isReloadDue('now', gone)).toBe(false);
  expect(isReloadDue('back', gone)).toBe(false);
});

test('the first page of all waits for an engine that comes back: else it would load itself for ever', () => {
  expect(isReloadDue('back', there)).toBe(false);
  expect(isReloadDue('back', back)).toBe(true);
});

test('a later page is loaded as soon as the engine is there, and what others write beside never by itself', () => {
  expect(isReloadDue('now', there)).toBe(true);
  expect(isReloadDue('asked', there)).toBe(false);
  expect(isReloadDue('asked', back)).toBe(false);
});

test('it says what did not come, and why', () => {
  const error = new NotLoaded('the picture', { cause: new Error('404'), reloading: 'asked' });
  expect(error.message).toBe('the picture could not be loaded: 404');
  expect(error.code).toBe('dashboard.not-loaded');
});
