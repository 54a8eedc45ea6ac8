import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';

/** Names that expressions know already, and names that cannot be a file on every system. */
const reserved = new Set([
  ...['workflow', 'tasks', 'item', 'index', 'loop', 'event', 'secrets', 'result', 'context', 'now'],
  ...['true', 'false', 'null', 'in', 'has', 'size', 'constructor', 'prototype', 'this', 'undefined'],
  ...['con', 'prn', 'aux', 'nul', ...digits('com'), ...digits('lpt')],
]);

/** More tasks than this are a mistake or an attack. */
const tasksMax = 2000;

/** Ids are unique in the whole definition, and none of them means something else already. */
export function checkIds({ sites }: Outline): readonly Finding[] {
  const seen = new Map<string, TaskSite>();
  const findings: Finding[] = [];
  for (const site of sites) {
    const { id } = site.task;
    const path = [...site.path, 'id'];
    const first = seen.get(id);
    if (first !== undefined) {
      const message = `the id "${id}" is given to two tasks`;
      findings.push({ code: 'definition.duplicate-id', message, path, first: [...first.path, 'id'] });
    } else if (reserved.has(id)) {
      findings.push({ code: 'definition.reserved-id', message: `"${id}" is a reserved name`, path });
    }
    if (first === undefined) seen.set(id, site);
  }
  const over = sites[tasksMax];
  if (over !== undefined) {
    findings.push({
      code: 'definition.too-many-tasks',
      message: `more than ${tasksMax} tasks`,
      path: over.path,
    });
  }

  return findings;
}

function digits(name: string): readonly string[] {
  return Array.from({ length: 10 }, (_, digit) => `${name}${digit}`);
}
