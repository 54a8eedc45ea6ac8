import { idPattern } from '../../../machines/language/schema/shapes.ts';

const lengthMax = 63;
/** Names that expressions know already, or that the checker keeps back. */
const taken = new Set(
  (
    'workflow tasks item index loop event secrets result context now true false null in has size constructor ' +
    'prototype this undefined con prn aux nul ' +
    'as break const continue else for function if import let package namespace return var void while'
  ).split(' '),
);

/** A name of Conductor as an id of ours: itself when it is one, else in lower case with `_` between its words. */
export function idOf(name: string): string {
  if (idPattern.test(name) && !isTaken(name)) return name;
  const words = name
    .normalize('NFKD')
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '')
    .slice(0, lengthMax);
  const id = words === '' ? 'unnamed' : words;

  return isTaken(id) ? `${id}_task`.slice(0, lengthMax) : id;
}

/** Hands out ids of tasks of which each is given once. An expression can read each as it is, without quotes. */
export function createIds(): { readonly claim: (name: string) => string } {
  const given = new Set<string>();

  return {
    claim: (name) => {
      const id = readable(idOf(name));
      let free = id;
      for (let count = 2; given.has(free); count += 1) {
        const suffix = `_${count}`;
        free = `${id.slice(0, lengthMax - suffix.length)}${suffix}`;
      }
      given.add(free);

      return free;
    },
  };
}

function readable(id: string): string {
  const word = id.replaceAll('-', '_');

  return /^[a-z]/.test(word) ? word : `task_${word}`.slice(0, lengthMax);
}

function isTaken(id: string): boolean {
  return taken.has(id) || /^(com|lpt)\d$/.test(id);
}
