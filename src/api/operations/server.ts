import type { DoctorReport, Home } from '../home.ts';
import { declare } from './operation.ts';

export const serverOperations = {
  home: declare<object, Home>()({
    summary: 'What anybody needs to know first',
    changes: false,
    http: { method: 'get', path: '/api/v1/home', tag: 'runs', answer: 'The home page' },
  }),
  doctor: declare<object, DoctorReport>()({
    summary: 'Looks at everything that runs need, as `workflow doctor` does',
    changes: false,
    http: { method: 'get', path: '/api/v1/doctor', answer: 'What was looked at' },
  }),
};
