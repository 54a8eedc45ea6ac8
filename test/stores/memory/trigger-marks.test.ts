// Marks in memory, for simulations.
import { createMemoryTriggerMarks } from '../../../src/stores/memory/trigger-marks.ts';
import { triggerMarksContract } from '../../contract/trigger-marks-contract.ts';

triggerMarksContract(async () => {
  const marks = createMemoryTriggerMarks();

  return { marks, other: marks, close: async () => undefined };
});
