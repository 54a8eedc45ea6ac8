import { createMemoryRunIndex } from '../../../src/stores/memory/run-index.ts';
import { runIndexContract } from '../../contract/run-index-contract.ts';

runIndexContract(createMemoryRunIndex);
