// npm start: installs and builds what is missing, then runs the service in this process, which signals therefore reach.
import { prepare } from './prepare.mjs';

prepare();
await import('../dist/main.js');
