import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './session/theme.ts';
import './style/tokens.css';
import './style/base.css';
import './style/tables.css';
import './style/layout.css';
import './style/parts.css';
import './style/tabs.css';
import './style/forms.css';
import './style/forced-colors.css';

applyTheme(storedTheme());
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
