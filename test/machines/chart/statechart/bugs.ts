/** Changes of the engine's composition of regions that the oracle has to notice; `find` stands once in the file. */
export const bugs = [
  {
    what: 'the latest announcement is heard first',
    file: 'machines/chart/dispatch.ts',
    find: 'level.told.shift()',
    replace: 'level.told.pop()',
  },
  {
    what: 'the branches of a FORK go on after its end',
    file: 'machines/chart/dispatch.ts',
    find: "told.push({ word: 'cancel', id })",
    replace: 'void told',
  },
  {
    what: 'the failure of a fallback ends the run',
    file: 'machines/chart/dispatch.ts',
    find: 'if (standsIn(place, level.tasks)) return;',
    replace: '',
  },
];
